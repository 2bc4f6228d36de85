"""A folder with a policy, a source of generated people, an empty target, and the command line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from substrate.commands import run_privaci

if TYPE_CHECKING:
    import subprocess

BIN = Path(sys.executable).parent
SALT = "the salt of the test suite, long enough"
RULES = """version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
"""


class Shop:
    """What a user has who begins."""

    def __init__(self, folder: Path, source: str, target: str) -> None:
        """Write the policy."""
        self.folder, self.source, self.target = folder, source, target
        self.write(RULES)

    def write(self, rules: str) -> None:
        """Another policy."""
        (self.folder / "mask-rules.yaml").write_text(rules)

    def environ(self, **more: str) -> dict[str, str]:
        """What the command line knows."""
        urls = {
            "SOURCE_DB_URL": self.source,
            "TARGET_DB_URL": self.target,
            "ANONYMIZATION_SALT": SALT,
        }
        return {**os.environ, **urls, **more}

    def privaci(self, *arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in the folder, as a user does."""
        return run_privaci(*arguments, environ=self.environ(**environ), folder=self.folder)

    def json(self, *arguments: str | Path) -> Any:
        """What a command that goes well says to a program."""
        done = self.privaci(*arguments, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
