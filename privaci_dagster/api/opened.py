"""Opens the test data of a project's target, and what hears of it, for as long as a door serves."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from privaci_core.postgres.session import target_session
from privaci_core.testdata.published import published_refresh
from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData
from privaci_core.testdata.trail_files import write_trail_files
from privaci_dagster.api.metrics import Metrics
from privaci_dagster.api.outlet import Outlet
from privaci_dagster.api.service import Service
from privaci_dagster.api.trail_writer import TrailWriter
from privaci_dagster.proof_store import put_trail_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from privaci_dagster.api.outlet import Report
    from privaci_dagster.project import Project

ONE_DAY = timedelta(days=1)


@contextmanager
def opened_service(
    project: Project, event_log: Callable[[], Report], files: Path
) -> Iterator[Service]:
    """The service of a target that is published and proved; any other is refused.

    `event_log` opens Dagster's, in a thread of its own; `files` is the folder of Parquet.
    """
    with project.target() as dsn:
        metrics = Metrics()
        outlet = Outlet(event_log, metrics)
        test_data = TestData(dsn, Scenarios(project.scenarios_folder), outlet=outlet)
        try:
            test_data.refuse_unpublished()
            writer = TrailWriter(_Files(dsn, files, project.environ).write)
            outlet.then = writer.tell
            writer.start()
            try:
                yield Service(
                    test_data=test_data, metrics=metrics, warm_up=outlet.start, project=project
                )
            finally:
                writer.stop()
        finally:
            test_data.close()


class _Files:
    """Writes the files of every day once, then those of the last days."""

    def __init__(self, dsn: str, folder: Path, environ: Mapping[str, str]) -> None:
        self._dsn, self._folder, self._environ = dsn, folder, environ
        self._written: tuple[str, date] | None = None

    def write(self) -> None:
        """Write what may have changed since the last time."""
        today = datetime.now(UTC).date()
        with target_session(self._dsn, autocommit=True) as target:
            refresh = published_refresh(target)
            known, day = self._written or ("", None)
            since = day - ONE_DAY if day and known == refresh else None
            written = write_trail_files(target, self._folder, refresh, since)
        put_trail_files(self._environ, self._folder, written)
        self._written = refresh, today
