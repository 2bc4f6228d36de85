"""Dagster's events under PrivaCI's names: tables, chunks, notes and checks, each once."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from privaci_core.errors import Interrupted, PreflightError
from privaci_dagster.cli.privaci_events import PrivaciEvents
from privaci_dagster.cli.privaci_names import told_of
from privaci_dagster.cli.run_output import ended
from privaci_dagster.labels import NOTES, PARTS

pytestmark = pytest.mark.dagster
KEY = dg.AssetKey(["target", "my.shop", "big"])
CHUNK = {"rows": 3, "rows so far": 30, "percent": 50, "rows per second": 10}


def events_in(instance: Any, *events: Any) -> list[dg.EventLogEntry]:
    """What Dagster stores of a run that writes some events."""

    @dg.op
    def write() -> None:
        for each in events:
            dg.OpExecutionContext.get().log_event(each)

    @dg.job
    def job() -> None:
        write()

    result = job.execute_in_process(instance=instance)
    records = instance.get_records_for_run(result.run_id, limit=1000).records
    return [record.event_log_entry for record in records]


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines on stdout."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_large_table_is_told_while_it_is_loaded(
    instance: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its start once, its progress at most every two seconds, its end once."""
    loaded = {PARTS: {"parts": 1}, "dagster/row_count": 60, "bytes": 1, "seconds": 6.0}
    chunks = [dg.AssetObservation(KEY, metadata=CHUNK) for _ in range(2)]
    ends = [dg.AssetMaterialization(KEY, metadata=loaded) for _ in range(2)]
    events = PrivaciEvents(run_id="r")
    for entry in events_in(instance, *chunks, *ends):
        events(entry)
    events.end()
    start, progress, end, last = printed(capsys)
    assert (start["event"], start["estimated_rows"]) == ("table.start", 60)
    assert (progress["rows_per_sec"], progress["percent_complete"]) == (10, 50.0)
    assert (end["schema_name"], end["table_name"], end["status"]) == ("my.shop", "big", "done")
    assert start["timestamp"] < progress["timestamp"] <= end["timestamp"]
    assert (last["tables_processed"], last["rows_processed"]) == (1, 60)


@pytest.mark.parametrize(
    ("note", "event", "more"),
    [
        (
            "REFERENCE public.a.b: refers to public.c.d",
            "implied_fk_warning",
            {"source_column_path": "public.a.b"},
        ),
        (
            "REFERENCE public.a.b: refers to public.c.d (when t says so), and the rest",
            "polymorphic_fk_warning",
            {"source_column_path": "public.a.b"},
        ),
        (
            "FOREIGN TABLE public.f: its rows are another server's, and are not copied",
            "skipped_object",
            {"schema_name": "public", "object_name": "f", "kind": "foreign table"},
        ),
        (
            "VIEW public.v: left out, it needs an excluded table",
            "skipped_object",
            {"schema_name": "public", "object_name": "v", "kind": "view"},
        ),
        ("an owner is not there", "warning", {"message": "an owner is not there"}),
    ],
)
def test_a_note_has_the_name_that_privaci_gives_it(
    instance: Any, note: str, event: str, more: dict[str, str]
) -> None:
    """References, objects that were not copied, and all the rest."""
    made = dg.AssetMaterialization("constraints", metadata={NOTES: [note]})
    (found,) = [each for entry in events_in(instance, made) for each in told_of(entry)]
    assert found.event == event
    assert found.about.items() >= more.items()


def test_a_failed_check_is_an_error_and_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The step that fails after it has nothing of its own to say."""
    check = SimpleNamespace(
        passed=False,
        check_name="same_rows",
        metadata={},
        severity=dg.AssetCheckSeverity.ERROR,
    )
    failure = SimpleNamespace(user_failure_data=None)
    kinds = {"is_step_materialization": False, "is_asset_observation": False}
    events = PrivaciEvents(run_id="r")
    for told in (
        SimpleNamespace(
            **kinds,
            event_type_value="ASSET_CHECK_EVALUATION",
            asset_check_evaluation_data=check,
            is_step_failure=False,
        ),
        SimpleNamespace(
            **kinds,
            event_type_value="STEP_FAILURE",
            step_failure_data=failure,
            is_step_failure=True,
        ),
    ):
        events(SimpleNamespace(dagster_event=told, timestamp=1.0))  # type: ignore[arg-type]
    events.end()
    lines = printed(capsys)
    assert [line["event"] for line in lines] == ["preflight.fail", "error", "run.end"]
    assert lines[1]["message"].startswith("same_rows: ")
    assert (lines[2]["status"], lines[2]["errors"]) == ("failed", 1)


@pytest.mark.parametrize(
    ("error", "status", "errors"),
    [
        (PreflightError("Reading", "it is away", "Start it."), "failed", 1),
        (ValueError(), "failed", 0),
        (Interrupted("interrupted", "a signal ended it", "privaci resume"), "interrupted", 0),
    ],
)
def test_a_run_that_an_error_ends_has_its_last_event(
    capsys: pytest.CaptureFixture[str], error: Exception, status: str, errors: int
) -> None:
    """Also one that ended before any step, or by a signal."""
    with pytest.raises(type(error)), ended([PrivaciEvents(run_id="r")]):
        raise error
    last = printed(capsys)[-1]
    assert (last["event"], last["status"], last["errors"]) == ("run.end", status, errors)
