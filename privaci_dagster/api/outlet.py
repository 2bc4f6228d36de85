"""Tells Dagster's event log what happens to test data, before it is committed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from privaci_core.testdata.events import Event
    from privaci_dagster.api.metrics import Metrics

    Report = Callable[[Sequence[Event]], None]


class Outlet:
    """Hands events to Dagster, which is imported meanwhile: it takes longer than all else."""

    def __init__(self, opened: Callable[[], Report], metrics: Metrics) -> None:
        """Open Dagster's instance by this function, in a thread of its own."""
        self._opened, self._metrics = opened, metrics
        # Who else hears that there was something.
        self.then: Callable[[], object] = bool
        self._report: Report | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._open, name="event log", daemon=True)
        self._lock, self._started = threading.Lock(), False

    def start(self) -> None:
        """Begin to open it, unless that has begun."""
        with self._lock:
            if not self._started:
                self._started = True
                self._thread.start()

    def __call__(self, events: Sequence[Event]) -> None:
        """Write the events of one step; an error goes to the caller, whose transaction ends."""
        started = time.perf_counter()
        self.wait()(events)
        self._metrics.observe(self._metrics.event_seconds, time.perf_counter() - started)
        for event in events:
            self._metrics.count(self._metrics.events, event.action, event.status)
        self.then()

    def wait(self) -> Report:
        """What writes events, as soon as it is open."""
        self.start()
        self._thread.join()
        if self._report is None:
            raise self._error or RuntimeError("the event log was not opened")
        return self._report

    def _open(self) -> None:
        try:
            self._report = self._opened()
        except BaseException as error:  # noqa: BLE001 - whoever writes first hears of it
            self._error = error
