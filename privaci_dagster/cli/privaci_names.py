"""Tells an event of Dagster's under the names that PrivaCI has for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.event_log import values_of
from privaci_dagster.failures import EXIT_CODE, UNEXPECTED, sentences_in
from privaci_dagster.labels import NOT_ASKED, NOTES, PARTS, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dagster as dg

EventName = Literal[
    "run.start",
    "preflight.ok",
    "preflight.fail",
    "schema.cloned",
    "table.start",
    "table.progress",
    "table.end",
    "column.masked",
    "implied_fk_warning",
    "polymorphic_fk_warning",
    "skipped_object",
    "warning",
    "error",
    "run.end",
]
LEVELS: Mapping[EventName, str] = {
    "preflight.fail": "error",
    "error": "error",
    "warning": "warning",
    "implied_fk_warning": "warning",
    "polymorphic_fk_warning": "warning",
}
# A reference whose table another column names, as its note says it.
BY_TYPE = re.compile(r"[(;] ?when .+ says so\), and ")
# What a note says of an object that is not copied.
LEFT_OUT = ": left out, it "
CHECKED = ("policy", "salt", "source", "target")
FAILED = 1
IMPLIED: EventName = "implied_fk_warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event: its name, its time and its fields."""

    event: EventName
    at: float
    about: dict[str, Any]


def told(event: EventName, at: float, **about: Any) -> Told:
    """An event with its fields."""
    return Told(event=event, at=at, about=about)


def level_of(event: EventName) -> str:
    """How much an event matters."""
    return LEVELS.get(event, "info")


def told_of(entry: dg.EventLogEntry) -> Iterator[Told]:
    """What an event says, in the order in which it happened."""
    event, at = entry.dagster_event, entry.timestamp
    if event is None:
        return
    if event.is_step_materialization:
        yield from _materialized(event.step_materialization_data.materialization, at)
    elif event.is_asset_observation:
        yield from _chunk(event.asset_observation_data.asset_observation, at)
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        yield from _check(event.asset_check_evaluation_data, at)
    elif event.is_step_failure:
        yield from _failure(event, at)


def _materialized(made: dg.AssetMaterialization, at: float) -> Iterator[Told]:
    found = values_of(made.metadata)
    if SIZES in found:
        yield from _prepared(found, at)
    elif PARTS in found:
        yield from _table(_names(made.asset_key), found, at)
    yield from (_note(note, at) for note in found.get(NOTES, ()))


def _prepared(found: Mapping[str, Any], at: float) -> Iterator[Told]:
    checks = [{"name": name, "status": "ok", "detail": ""} for name in CHECKED]
    yield told("preflight.ok", at, checks=checks)
    schemas = {table.rpartition(".")[0] for table in found[SIZES]}
    yield told("schema.cloned", at, tables_created=found["tables"], schemas_created=len(schemas))


def _table(names: Mapping[str, str], found: Mapping[str, Any], at: float) -> Iterator[Told]:
    rows, seconds = found["dagster/row_count"], found["seconds"]
    yield told("table.start", at - seconds, **names, estimated_rows=rows)
    for column, action in found.get("masked columns", {}).items():
        yield told(
            "column.masked", at, **names, column_name=column, action=action, rows_affected=rows
        )
    duration = round(seconds * 1000, 1)
    yield told("table.end", at, **names, rows_processed=rows, duration_ms=duration, status="done")


def _chunk(observation: dg.AssetObservation, at: float) -> Iterator[Told]:
    found = values_of(observation.metadata)
    if "rows so far" not in found:
        return
    names, rows = _names(observation.asset_key), found["rows so far"]
    pace, percent = found["rows per second"], found["percent"]
    before = rows / pace if pace else 0.0
    expected = round(rows * 100 / percent) if percent else rows
    yield told("table.start", at - before, **names, estimated_rows=expected)
    yield told(
        "table.progress",
        at,
        **names,
        rows_processed=rows,
        rows_per_sec=pace,
        percent_complete=float(percent),
    )


def _check(check: dg.AssetCheckEvaluation, at: float) -> Iterator[Told]:
    if check.passed or check.check_name not in CHECK_NAMED or NOT_ASKED in check.metadata:
        return
    message = f"{check.check_name}: {' '.join(sentences_in(check))}"
    if check.severity.value == "ERROR":
        yield told("error", at, message=message, exit_code=FAILED)
    else:
        yield told("warning", at, message=message)


def _failure(event: dg.DagsterEvent, at: float) -> Iterator[Told]:
    failure = event.step_failure_data.user_failure_data
    metadata = failure.metadata if failure else {}
    ours = failure is not None and EXIT_CODE in metadata
    message = (failure.description if failure and ours else None) or UNEXPECTED
    code = int(str(metadata[EXIT_CODE].value)) if ours else FAILED
    yield told("error", at, message=message, exit_code=code)


def _note(note: str, at: float) -> Told:
    if note.startswith("REFERENCE "):
        event: EventName = "polymorphic_fk_warning" if BY_TYPE.search(note) else IMPLIED
        return told(event, at, source_column_path=note.split()[1].rstrip(":"), message=note)
    if note.startswith("FOREIGN TABLE ") or LEFT_OUT in note:
        what, _, reason = note.partition(": ")
        kind, name = re.split(r" (?=[^A-Z])", what, maxsplit=1)
        schema, _, named = name.rpartition(".")
        about = {"schema_name": schema, "object_name": named, "kind": kind.lower()}
        return told("skipped_object", at, **about, reason=reason)
    return told("warning", at, message=note)


def _names(key: dg.AssetKey) -> dict[str, str]:
    schema, table = key.path[-2:]
    return {"schema_name": schema, "table_name": table}
