"""Prints what a run does as PrivaCI's events: one JSON object a line, on stdout."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import typer

from privaci_dagster.cli.privaci_names import level_of, told
from privaci_dagster.cli.privaci_news import News
from privaci_dagster.history import source_fingerprint

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.errors import PrivaciError
    from privaci_dagster.cli.privaci_names import EventName, Told
    from privaci_dagster.project import Project


@dataclass(kw_only=True)
class PrivaciEvents:
    """Prints the events of one run, and counts what its last event says."""

    run_id: str = ""
    started: float = field(default_factory=time.time)
    tables: int = 0
    rows: int = 0
    errors: int = 0
    is_prepared: bool = False
    _news: News = field(default_factory=News)
    # The run's thread says the last words, another one reads the log.
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(self, project: Project, refresh: str) -> None:
        """Say what goes into the run, before anything is read."""
        self.run_id = refresh
        policy = project.policy()
        self._print(
            time.time(),
            "run.start",
            engine_version=version("privaci-dagster"),
            config_hash=policy.fingerprint(),
            salt_fingerprint=project.keys(policy).fingerprint(),
            source_db_hash=source_fingerprint(project.source_dsn),
            commercial_layer_present=False,
        )

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Print what an event of Dagster's says; many say nothing here."""
        for each in self._news.of(entry):
            with self._lock:
                self._tell(each)

    def fail(self, error: PrivaciError) -> None:
        """Say why a run ended before a step could."""
        about = {"message": str(error), "exit_code": error.exit_code}
        self._tell(told("error", time.time(), **about))

    def end(self, status: str = "") -> None:
        """Say how the run ended."""
        self._print(
            time.time(),
            "run.end",
            status=status or ("failed" if self.errors else "succeeded"),
            duration_ms=round((time.time() - self.started) * 1000, 1),
            tables_processed=self.tables,
            rows_processed=self.rows,
            errors=self.errors,
        )

    def _tell(self, each: Told) -> None:
        self._count(each)
        self._print(each.at, each.event, **each.about)

    def _count(self, each: Told) -> None:
        if each.event == "preflight.ok":
            self.is_prepared = True
        elif each.event == "table.end":
            self.tables, self.rows = self.tables + 1, self.rows + each.about["rows_processed"]
        elif each.event == "error":
            self.errors += 1
            if not self.is_prepared:
                failed = {"name": "refresh", "status": "fail", "detail": each.about["message"]}
                self._print(each.at, "preflight.fail", checks=[failed])
                self.is_prepared = True

    def _print(self, at: float, event: EventName, **about: Any) -> None:
        line = {
            "timestamp": datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds"),
            "level": level_of(event),
            "event": event,
            "run_id": self.run_id,
            **about,
        }
        with self._lock:
            typer.echo(json.dumps(line, ensure_ascii=False))
