"""Shows a run's progress from Dagster's event log: a bar on a terminal, else lines of JSON."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from privaci_core.postgres.names import table_name
from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.cli.notices import shown_by
from privaci_dagster.cli.output import size
from privaci_dagster.cli.watch import watched
from privaci_dagster.event_log import values_of
from privaci_dagster.labels import NOT_ASKED, PARTS, SIZES

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
CHUNK_FIELDS = ("table", "chunk", "of", "rows", "bytes")


class Display(Protocol):
    """Shows one event at a time, in names and counts."""

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Show one event."""


@contextmanager
def show_progress(instance: dg.DagsterInstance, run_id: str, form: LogFormat) -> Iterator[None]:
    """Show a run's progress while it runs in this process."""
    if form == "auto":
        form = "bar" if sys.stderr.isatty() else "json"
    if form == "none":
        yield
        return
    display = _Bar() if form == "bar" else _Lines()
    once = _Once(display)
    with display, watched(instance, run_id, lambda entry: _show(entry, once)):
        yield


def _show(entry: dg.EventLogEntry, display: Display) -> None:
    event = entry.dagster_event
    found = described(event) if event is not None else None
    if found is not None:
        display(entry.timestamp, *found)


def described(event: dg.DagsterEvent) -> tuple[str, dict[str, Any]] | None:
    """The name and details of an event that is worth showing."""
    if event.is_step_materialization:
        return _materialized(event.step_materialization_data.materialization)
    if event.is_asset_observation:
        found = values_of(event.asset_observation_data.asset_observation.metadata)
        if "rows" in found:
            return "chunk loaded", {name: found[name] for name in CHUNK_FIELDS}
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        check = event.asset_check_evaluation_data
        if check.check_name in CHECK_NAMED and NOT_ASKED not in check.metadata:
            return "check", {"check": check.check_name, "passed": check.passed}
    if event.is_step_failure:
        return "failed", {"step": event.step_key}
    return None


class _Once:
    """Shows a table's end once: Dagster stores it for each slice that the run names."""

    def __init__(self, display: Display) -> None:
        self._display, self._tables = display, set[str]()

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Show one event, unless it says again what was shown."""
        if event == "table loaded":
            if about["table"] in self._tables:
                return
            self._tables.add(about["table"])
        self._display(at, event, about)


def _materialized(
    materialization: dg.AssetMaterialization,
) -> tuple[str, dict[str, Any]] | None:
    """The name and details of a step that ended; None for a slice, whose table tells of all."""
    found = values_of(materialization.metadata)
    if materialization.partition is not None and PARTS not in found:
        return None
    if SIZES in found:
        return "begun", {"tables": found["tables"], "to_load": found[SIZES]}
    if PARTS in found:
        counts = {
            "rows": found["dagster/row_count"],
            "bytes": found["bytes"],
            "seconds": found["seconds"],
        }
        return "table loaded", {"table": table_name(*materialization.asset_key.path[-2:]), **counts}
    return "done", {"step": "/".join(materialization.asset_key.path)}


class _Lines:
    """Prints a line of JSON for each event."""

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(self, *_: object) -> None:
        """Nothing to clean up."""

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Print the line."""
        time = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        shown = {name: value for name, value in about.items() if name != "to_load"}
        line = {"at": time, "event": event, **shown}
        typer.echo(json.dumps(line, ensure_ascii=False), err=True)


class _Bar:
    """Draws one bar for the bytes of all tables, with the last loaded table and its pace."""

    def __init__(self) -> None:
        """Show an empty bar until the run says what there is to load."""
        columns = (
            TextColumn("{task.description:<34.34}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[pace]:>12}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("looking at both databases", total=None, pace="")
        self._sizes: dict[str, int] = {}
        # The bytes of each table that its chunks have moved the bar by.
        self._counted: dict[str, int] = {}
        self._loaded: set[str] = set()
        self._checked = 0
        self._notices = ExitStack()

    def __enter__(self) -> None:
        """Start to draw; what our loggers say is told in the same line."""
        self._progress.start()
        self._notices.enter_context(shown_by(lambda said: self._update(description=said)))

    def __exit__(self, *_: object) -> None:
        """Remove the bar: only the result stays."""
        self._notices.close()
        self._progress.stop()

    def __call__(self, at: float, event: str, about: dict[str, Any]) -> None:
        """Move the bar, or name the current step."""
        del at
        if event == "begun":
            self._begin(about["to_load"])
        elif event == "chunk loaded":
            self._add_chunk(about["table"], about["of"])
        elif event == "table loaded":
            self._complete(about["table"], about["bytes"], about["seconds"])
        elif event == "check":
            self._checked += 1
            self._last_phase(f"check {self._checked}: {about['check']}")

    def _begin(self, sizes: dict[str, int]) -> None:
        self._sizes = sizes
        # One more than there is: a bar that is full would stop its clock.
        self._update(total=sum(sizes.values()) + 1, description="loading")

    def _add_chunk(self, table: str, chunks: int) -> None:
        share = self._sizes.get(table, 0) // max(chunks, 1)
        self._counted[table] = self._counted.get(table, 0) + share
        self._update(advance=share, description=table)

    def _complete(self, table: str, octets: int, seconds: float) -> None:
        rest = self._sizes.get(table, 0) - self._counted.get(table, 0)
        pace = f"{size(octets / seconds)}/s" if seconds else ""
        self._update(advance=max(rest, 0), description=table, pace=pace)
        self._loaded.add(table)
        if self._loaded >= self._sizes.keys():
            self._last_phase("building indexes and keys")

    def _last_phase(self, description: str) -> None:
        """Name what follows the rows: nobody knows how long it takes, so no time left is shown."""
        self._progress.tasks[self._task].total = None
        self._update(description=description, pace="")

    def _update(self, **changes: Any) -> None:
        self._progress.update(self._task, **changes)
