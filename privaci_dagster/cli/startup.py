"""Says what Ctrl-C does: it ends a command at once while it starts, and interrupts it later."""

from __future__ import annotations

import os
import signal
from typing import Any

INTERRUPTED = 130


class ctrl_c_ends_at_once:  # noqa: N801 - used as a function; contextlib would have to be imported
    """Ctrl-C ends the process without a traceback meanwhile: there is nothing to clean up."""

    def __enter__(self) -> None:
        """Take Ctrl-C, unless it is ignored, as in a shell's background job."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        restore_interrupts()


def _end(_number: int, _frame: Any) -> None:
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)


def restore_interrupts() -> None:
    """Take Ctrl-C back from polars: otherwise Python never sees it while it waits.

    A command that imports polars later, and then waits, calls this again.
    """
    if signal.getsignal(signal.SIGINT) in {signal.default_int_handler, _end}:
        signal.signal(signal.SIGINT, signal.default_int_handler)
