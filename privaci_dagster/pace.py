"""Says how far the load of a large table is: its share, its pace, and the time that is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A line of the run's log says it again after so many seconds, or so much more of the table.
SECONDS, SHARE = 10.0, 0.1


@dataclass(kw_only=True)
class Pace:
    """The load of one table by one step, from its beginning on."""

    table: str
    # The part of the table's chunks that the step loads; a resumed one has fewer than it says.
    share: float = 1
    chunks: int = 0
    clock: Callable[[], float] = time.monotonic
    rows: int = 0
    done: int = 0
    started: float = field(init=False)
    # When the log was told last, and how many chunks were done then.
    _told: tuple[float, int] = field(init=False)

    def __post_init__(self) -> None:
        """Begin to measure."""
        self.started = self.clock()
        self._told = (self.started, 0)

    def add(self, rows: int, of: int) -> None:
        """Count one chunk of so many."""
        self.chunks = max(round(of * self.share), 1)
        self.rows, self.done = self.rows + rows, self.done + 1

    @property
    def figures(self) -> dict[str, int | float]:
        """What Dagster shows and draws of the load so far."""
        seconds = self.clock() - self.started
        left = max(self.chunks - self.done, 0) * seconds / self.done
        return {
            "rows so far": self.rows,
            "percent": round(100 * min(self.done / self.chunks, 1)),
            "rows per second": round(self.rows / seconds) if seconds else self.rows,
            "seconds left": round(left, 1),
        }

    def line(self) -> str:
        """The load in a line for the log; empty if the last one was said a moment ago."""
        now, (at, done) = self.clock(), self._told
        if now - at < SECONDS and self.done - done < SHARE * self.chunks:
            return ""
        self._told = (now, self.done)
        so_far = self.figures
        return (
            f"{self.table}: {so_far['percent']} % loaded, {self.rows:,} rows,"
            f" {so_far['rows per second']:,} rows a second, about {so_far['seconds left']} s left"
        )
