"""Events that the first release wrote under its own labels are still read."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from privaci_core.catalog.lock_file import read_lock
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG, Names
from privaci_dagster.chunk_events import loaded_before
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.history import History, check_records, step_records
from privaci_dagster.keep_unchanged import DATA_VERSION_TAG, loaded_versions, written_to
from privaci_dagster.labels import (
    DEFINITIONS,
    DIFFERENCES,
    FORMER_LABELS,
    NOTES,
    UNCHANGED,
    WRITE_COUNTERS,
)

pytestmark = pytest.mark.dagster

WRITTEN = Path(__file__).parents[1] / "compat" / "first_release"
EVENTS = json.loads((WRITTEN / "events.json").read_text(encoding="utf-8"))
NAMES = Names()
PERSON = dg.AssetKey(["target", "public", "person"])
LAST = EVENTS[-1]["run"]
# The run of an event that no run wrote.
RUNLESS = ""


@pytest.fixture
def written(instance: Any) -> Any:
    """The event log as the first release left it after two refreshes."""
    for event in EVENTS:
        metadata = {
            label: getattr(dg, found["type"])(found["value"])
            for label, found in event["metadata"].items()
        }
        made = dg.AssetMaterialization(
            event["asset"], metadata=metadata, tags={**event["tags"], REFRESH_TAG: LAST}
        )
        instance.report_runless_asset_event(made)
    return instance


def test_a_table_that_ended_has_its_totals(written: Any) -> None:
    """An unchanged table reports the rows and bytes of its last load."""
    (event,) = [e for e in EVENTS if e["run"] == LAST and e["asset"][-1] == "person"]
    rows, size, _ = event["metadata"]["parts"]["value"]["public.person"]
    context, plan = SimpleNamespace(instance=written), SimpleNamespace(name="public.person")
    found: Any = loaded_before
    assert found(context, PERSON, plan) == Loaded(rows=rows, bytes=size)


def test_a_publication_lets_unchanged_tables_stay(written: Any) -> None:
    """Write counters, definitions and data versions are found under the labels of today."""
    made = last_materialization(written, NAMES.published)
    assert made is not None
    published, wrote = values_of(made.metadata), EVENTS[-1]["metadata"]
    assert published[DEFINITIONS] == wrote["definitions of the source"]["value"]
    counters = wrote["state of the target"]["value"]
    assert not written_to(["public.person"], counters, published[WRITE_COUNTERS])
    versions = loaded_versions(written, read_lock(WRITTEN / "privaci.lock.json"), NAMES)
    assert versions == {
        ".".join(event["asset"][1:]): event["tags"]["dagster/data_version"]
        for event in EVENTS
        if event["run"] == LAST and event["asset"][1] == "public"
    }


def test_a_write_to_the_target_or_no_counter_takes_a_load() -> None:
    """One partition is enough; a counter that is missing on either side shows nothing."""
    published = {"public.a": "1", "public.b": "2"}
    assert not written_to(["public.a", "public.b"], published, published)
    assert written_to(["public.a", "public.b"], {"public.a": "1", "public.b": "3"}, published)
    assert written_to(["public.a"], {}, published)
    assert written_to(["public.c"], {"public.c": "1"}, published)
    assert written_to(["public.c"], {}, published)


def test_a_history_has_its_notes(instance: Any) -> None:
    """Those of the first step and of the last, and whether a table's rows stayed."""
    for key, metadata in (
        (NAMES.schema, {"left out": ["an owner"], "kept from before": ["public.person"]}),
        (PERSON, {"kept from before": True}),
        (NAMES.constraints, {"left out": ["a large object"]}),
    ):
        made = dg.AssetMaterialization(key, metadata=metadata, tags={REFRESH_TAG: LAST})
        instance.report_runless_asset_event(made)
    keys = {NAMES.schema: "schema", PERSON: "public.person", NAMES.constraints: "constraints"}
    steps = step_records(instance, keys, LAST)
    history = History(
        refresh=LAST,
        run=LAST,
        who="a test",
        opened=steps[NAMES.schema],
        tables=(steps[PERSON],),
        completed=steps[NAMES.constraints],
        checks=(),
    )
    assert history.notes == ("an owner", "a large object")
    assert steps[PERSON].metadata[UNCHANGED] is True
    assert step_records(instance, keys, "another") == {}


def test_a_check_has_its_differences(instance: Any) -> None:
    """A refresh that is resumed proves itself by a check that the first release ran."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=NAMES.constraints,
        check_name="same_rows",
        passed=False,
        metadata={"different": {"public.person": [50, 49]}},
    )
    instance.report_runless_asset_event(evaluation)
    assert not [*check_records(instance, NAMES, LAST)]
    (record,) = check_records(instance, NAMES, LAST, {RUNLESS})
    assert record.metadata == {DIFFERENCES: {"public.person": [50, 49]}}
    assert (record.passed, record.severity) == (False, "ERROR")


def test_a_former_label_is_no_label_of_today() -> None:
    """Nothing is written under a label that is read as another."""
    assert not {*FORMER_LABELS} & {NOTES, UNCHANGED, WRITE_COUNTERS, DEFINITIONS, DIFFERENCES}


def test_a_materialization_carries_its_data_version(instance: Any) -> None:
    """Under the tag by which unchanged tables are found; Dagster has no public constant for it."""

    @dg.asset
    def table() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("the version"))

    assert dg.materialize([table], instance=instance).success
    made = last_materialization(instance, table.key)
    assert made is not None
    assert (made.tags or {})[DATA_VERSION_TAG] == "the version"
