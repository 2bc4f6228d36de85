"""Shows how far a run is, from the events that Dagster keeps of it: a bar on a terminal, lines of JSON elsewhere."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from privaci_dagster.cli.output import size
from privaci_dagster.event_log import values_of
from privaci_dagster.labels import PARTS, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

LogFormat = Literal["auto", "bar", "json", "none"]
LogOption = Annotated[
    LogFormat,
    typer.Option(
        "--log-format", help="Progress on stderr: a bar on a terminal, else lines of JSON."
    ),
]
# A look takes some milliseconds of the run's own time.
LOOK_SECONDS = 1.0
AT_ONCE = 1000


class Shows(Protocol):
    """Whoever shows progress: told of each thing as it happens, in names and counts."""

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Show one thing."""


@contextmanager
def progress(instance: dg.DagsterInstance, run_id: str, form: LogFormat) -> Iterator[None]:
    """Show a run's progress for as long as it goes on in this process."""
    if form == "auto":
        form = "bar" if sys.stderr.isatty() else "json"
    if form == "none":
        yield
        return
    done = threading.Event()
    shows = _Bar() if form == "bar" else _Lines()
    watcher = threading.Thread(
        target=_watch_or_not, args=(instance, run_id, shows, done), daemon=True
    )
    with shows:
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch_or_not(
    instance: dg.DagsterInstance, run_id: str, shows: Shows, done: threading.Event
) -> None:
    """Watch for as long as the storage answers; where it does not, the run itself says so, and once is enough."""
    with suppress(Exception):
        _watch(instance, run_id, shows, done)


def _watch(instance: dg.DagsterInstance, run_id: str, shows: Shows, done: threading.Event) -> None:
    """Read what was noted since the last look, until the run has ended and nothing is left."""
    cursor: str | None = None
    while True:
        ended = done.wait(LOOK_SECONDS)
        while True:
            found = instance.get_records_for_run(run_id, cursor=cursor, limit=AT_ONCE)
            cursor = found.cursor
            for record in found.records:
                event = record.event_log_entry.dagster_event
                told = _told(event) if event is not None else None
                if told is not None:
                    shows(record.event_log_entry.timestamp, *told)
            if not found.has_more:
                break
        if ended:
            return


def _told(event: dg.DagsterEvent) -> tuple[str, dict[str, Any]] | None:
    """What an event of Dagster's means to somebody who waits; nothing where it is Dagster's own business."""
    if event.is_step_materialization:
        return _made(event.step_materialization_data.materialization)
    if event.is_asset_observation:
        found = values_of(event.asset_observation_data.asset_observation.metadata)
        if "rows" in found:
            told = {name: found[name] for name in ("table", "chunk", "of", "rows", "bytes")}
            return "chunk loaded", told
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        check = event.asset_check_evaluation_data
        return "check", {"check": check.check_name, "passed": check.passed}
    if event.is_step_failure:
        return "failed", {"step": event.step_key}
    return None


def _made(materialization: dg.AssetMaterialization) -> tuple[str, dict[str, Any]]:
    """What a step that ended means."""
    found = values_of(materialization.metadata)
    if SIZES in found:
        return "begun", {"tables": found["tables"], "to_load": found[SIZES]}
    if PARTS in found:
        counts = {
            "rows": found["dagster/row_count"],
            "bytes": found["bytes"],
            "seconds": found["seconds"],
        }
        return "table loaded", {"table": ".".join(materialization.asset_key.path[-2:]), **counts}
    return "done", {"step": "/".join(materialization.asset_key.path)}


class _Lines:
    """A line of JSON for each thing."""

    def __enter__(self) -> None:
        """Nothing is to be set up."""

    def __exit__(self, *_: object) -> None:
        """Nothing is to be taken down."""

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Write the line."""
        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        shown = {name: value for name, value in about.items() if name != "to_load"}
        typer.echo(json.dumps({"at": when, "event": event, **shown}, ensure_ascii=False), err=True)


class _Bar:
    """One bar for the bytes of all tables, with the table that was last loaded and its pace."""

    def __init__(self) -> None:
        """Nothing is shown before the run says what there is to load."""
        columns = (
            TextColumn("{task.description:<34.34}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[pace]:>12}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._shown = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._shown.add_task("looking at both databases", total=None, pace="")
        self._sizes: dict[str, int] = {}
        self._chunks: dict[str, int] = {}

    def __enter__(self) -> None:
        """Begin to draw."""
        self._shown.start()

    def __exit__(self, *_: object) -> None:
        """Take the bar away: the result is what stays."""
        self._shown.stop()

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Move the bar, or say which step is under way."""
        del at
        if event == "begun":
            self._sizes = about["to_load"]
            self._shown.update(
                self._task, total=max(sum(self._sizes.values()), 1), description="loading"
            )
        elif event == "chunk loaded":
            part = self._sizes.get(about["table"], 0) // max(about["of"], 1)
            self._chunks[about["table"]] = self._chunks.get(about["table"], 0) + part
            self._shown.update(self._task, advance=part, description=about["table"])
        elif event == "table loaded":
            left = self._sizes.get(about["table"], 0) - self._chunks.get(about["table"], 0)
            pace = f"{size(about['bytes'] / about['seconds'])}/s" if about["seconds"] else ""
            self._shown.update(
                self._task, advance=max(left, 0), description=about["table"], pace=pace
            )
        elif event == "check":
            self._shown.update(self._task, description=f"checked: {about['check']}", pace="")
