"""Counts what a run does, under the names that PrivaCI's metrics have."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError, DriftError, PolicyError, PreflightError, SaltError
from privaci_core.postgres.names import table_name
from privaci_dagster.api.metrics import Counter, Histogram
from privaci_dagster.cli.privaci_news import News

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.errors import PrivaciError
    from privaci_dagster.cli.privaci_names import Told
    from privaci_dagster.project import Project

# Upper bounds in seconds: from a demo to a night.
BOUNDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, 28800.0)
KINDS = {
    each.exit_code: each.__name__
    for each in (PreflightError, PolicyError, SaltError, DriftError, CopyError)
}


def _rows() -> Counter:
    help_ = "Rows that were loaded, by table."
    return Counter(name="privaci_run_rows_processed_total", help=help_, labels=("table",))


def _progress() -> Counter:
    help_ = "How much of a table is loaded, from 0 to 1."
    name = "privaci_table_progress_ratio"
    return Counter(name=name, help=help_, labels=("table",), kind="gauge")


def _errors() -> Counter:
    help_ = "What ended the run, by kind of error."
    return Counter(name="privaci_run_errors_total", help=help_, labels=("type",))


def _status() -> Counter:
    help_ = "When the run ended, in seconds since 1970, by how it ended."
    name = "privaci_run_ended_timestamp_seconds"
    return Counter(name=name, help=help_, labels=("status",), kind="gauge")


def _duration() -> Histogram:
    help_ = "How long the run took."
    return Histogram(name="privaci_run_duration_seconds", help=help_, bounds=BOUNDS)


@dataclass(kw_only=True)
class RunMetrics:
    """The counts of one run; the threads that serve and that fill them share it."""

    rows: Counter = field(default_factory=_rows)
    progress: Counter = field(default_factory=_progress)
    errors: Counter = field(default_factory=_errors)
    ended: Counter = field(default_factory=_status)
    duration: Histogram = field(default_factory=_duration)
    started: float = field(default_factory=time.time)
    _news: News = field(default_factory=News)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, project: Project, refresh: str) -> None:
        """Nothing is counted yet."""

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Count what an event of Dagster's says."""
        for told in self._news.of(entry):
            with self._lock:
                self._count(told)

    def fail(self, error: PrivaciError) -> None:
        """Count what ended the run before a step could."""
        with self._lock:
            self._add_error(error.exit_code)

    def end(self, status: str = "") -> None:
        """Note how the run ended, and how long it took."""
        with self._lock:
            status = status or ("failed" if self.errors.counts else "succeeded")
            self.ended.counts[status,] = round(time.time(), 3)
            self.duration.add(time.time() - self.started)

    def text(self) -> str:
        """All counts, as Prometheus reads them."""
        each = (self.rows, self.duration, self.errors, self.progress, self.ended)
        with self._lock:
            return "\n".join([*(line for counted in each for line in counted.lines()), ""])

    def _count(self, told: Told) -> None:
        about = told.about
        if told.event == "error":
            self._add_error(about["exit_code"])
        elif told.event in {"table.progress", "table.end"}:
            table = (table_name(about["schema_name"], about["table_name"]),)
            self.rows.counts[table] = about["rows_processed"]
            self.progress.counts[table] = about.get("percent_complete", 100) / 100

    def _add_error(self, exit_code: int) -> None:
        kind = (KINDS.get(exit_code, CopyError.__name__),)
        self.errors.counts[kind] = self.errors.counts.get(kind, 0) + 1
