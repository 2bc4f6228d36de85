"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
SALT = "the salt of the test suite, long enough"


def privaci(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [BIN / "privaci", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100", "ANONYMIZATION_SALT": SALT, **environ},
        check=False,
    )
