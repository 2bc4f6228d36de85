"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from substrate.commands import run_privaci

if TYPE_CHECKING:
    import subprocess

BIN = Path(sys.executable).parent
SALT = "the salt of the test suite, long enough"


def privaci(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    known = {**os.environ, "COLUMNS": "100", "ANONYMIZATION_SALT": SALT, **environ}
    return run_privaci(*arguments, environ=known)
