"""Follows a run in Dagster's event log while it runs in this process."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import dagster as dg

    from privaci_dagster.project import Project

# A query takes some milliseconds of the run's own time.
POLL_SECONDS = 1.0
BATCH = 1000


class Listener(Protocol):
    """Is told of a run from its beginning."""

    def begin(self, project: Project, refresh: str) -> None:
        """The run of a refresh begins; the project's databases can be reached."""

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """An event of the run."""


@contextmanager
def watched(
    instance: dg.DagsterInstance, run_id: str, listener: Callable[[dg.EventLogEntry], None]
) -> Iterator[None]:
    """Give a listener each event of a run, the last ones after the run has ended."""
    ended = threading.Event()
    arguments = (instance, run_id, listener, ended)
    watcher = threading.Thread(target=_watch_quietly, args=arguments, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch_quietly(
    instance: dg.DagsterInstance,
    run_id: str,
    listener: Callable[[dg.EventLogEntry], None],
    ended: threading.Event,
) -> None:
    """Watch until the storage fails: the run reports that itself, and once is enough."""
    with suppress(Exception):
        watch(instance, run_id, listener, ended)


def watch(
    instance: dg.DagsterInstance,
    run_id: str,
    listener: Callable[[dg.EventLogEntry], None],
    ended: threading.Event,
) -> None:
    """Tell of new events at each poll, and of the last ones after the run has ended."""
    cursor: str | None = None
    last = False
    while not last:
        last = ended.wait(POLL_SECONDS)
        has_more = True
        while has_more:
            found = instance.get_records_for_run(run_id, cursor=cursor, limit=BATCH)
            cursor, has_more = found.cursor, found.has_more
            for record in found.records:
                listener(record.event_log_entry)
