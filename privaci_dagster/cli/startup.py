"""What a command does about its imports: it pauses the collector, and takes Ctrl-C back."""

from __future__ import annotations

import gc
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let imports make their objects without looking for garbage among them, now or later.

    Importing Dagster makes some hundred thousand objects that stay. The collector walks through
    all of them again and again meanwhile: a quarter of the time that the imports take.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def restore_interrupts() -> None:
    """Take Ctrl-C back from polars: otherwise Python never sees it while it waits.

    A command that imports polars later, and then waits, calls this again.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
