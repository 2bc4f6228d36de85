"""Ends a command: prints why in words, never a traceback, and exits with the error's own code."""

from __future__ import annotations

import sys
from typing import NoReturn

from privaci_core.errors import Interrupted

# Dagster raises its own kind while it runs a step, and most commands do not import it.
BY_DAGSTER = "DagsterExecutionInterruptedError"
WORD = "interrupted"


def end(doing: str, error: BaseException) -> NoReturn:
    """Print what ended a command, and exit."""
    if isinstance(error, SystemExit) and error.code != Interrupted.exit_code:
        raise error
    if isinstance(error, Interrupted):
        _exit(str(error.context), Interrupted.exit_code)
    # Typer exits with this code, without a word.
    if isinstance(error, (KeyboardInterrupt, SystemExit)) or type(error).__name__ == BY_DAGSTER:
        _exit(WORD, Interrupted.exit_code)
    # The driver, for commands that need none.
    from privaci_core.postgres.unexpected import explained  # noqa: PLC0415

    shown = explained(doing, error)
    _exit(f"error: {shown}", shown.exit_code)


def _exit(said: str, code: int) -> NoReturn:
    sys.stderr.write(f"{said}\n")
    sys.exit(code)
