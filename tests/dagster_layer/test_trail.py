"""The audit trail of a refresh, and the bars of its proof, from a history of names and counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from privaci_core.plan.show import Line
from privaci_dagster.history import CheckRecord, History, StepRecord, started_by
from privaci_dagster.labels import NOTES, POLICY_DIGEST, SOURCE_DIGEST
from privaci_dagster.proofs import bars_of
from privaci_dagster.trail import trail_of

pytestmark = pytest.mark.dagster

STARTED, LOADED, CHECKED = 1_700_000_000.0, 1_700_000_010.0, 1_700_000_020.0


def step(name: str, at: float, **metadata: Any) -> StepRecord:
    """A step that ended."""
    return StepRecord(name=name, at=at, run="a run", metadata=metadata)


def line(table: str, column: str, action: str) -> Line:
    """A column of the plan."""
    return Line(table=table, column=column, type="text", action=action, reason="rule")


def check(name: str, severity: str, *, passed: bool) -> CheckRecord:
    """A check that ran."""
    return CheckRecord(
        name=name, at=CHECKED, run="a run", passed=passed, severity=severity, metadata={}
    )


def history(**more: Any) -> History:
    """A refresh of two tables, one of which reports no rows."""
    known: dict[str, Any] = {
        "refresh": "a refresh",
        "run": "a run",
        "who": "a schedule",
        "opened": step("target/schema", STARTED, **{NOTES: ["an owner is not there"]}),
        "tables": (
            step("public.person", LOADED, **{"dagster/row_count": 50}),
            step("public.visit", LOADED),
        ),
        "completed": step("target/constraints", LOADED, **{NOTES: ["a large object"]}),
        "checks": (
            check("same_rows", "ERROR", passed=True),
            check("no_originals", "WARN", passed=False),
        ),
        "plan": (
            line("public.person", "email", "hash"),
            line("public.person", "id", "passthrough"),
            line("public.elsewhere", "phone", "null"),
        ),
    }
    return History(**(known | more))


def test_a_trail_tells_a_refresh() -> None:
    """In the order of its steps, each entry with what it is about."""
    entries = trail_of(history())
    assert [
        (entry.event, entry.relation, entry.column, entry.rule, entry.rows, entry.said)
        for entry in entries
    ] == [
        ("begun", "", "", "", None, ""),
        ("table loaded", "public.person", "", "", 50, ""),
        ("table loaded", "public.visit", "", "", 0, ""),
        ("column masked", "public.person", "email", "hash", 50, ""),
        ("column masked", "public.elsewhere", "phone", "null", None, ""),
        ("warning", "", "", "", None, "an owner is not there"),
        ("warning", "", "", "", None, "a large object"),
        ("check", "", "", "same_rows", None, "passed"),
        ("check", "", "", "no_originals", None, "failed: WARN"),
        ("published", "", "", "", None, ""),
    ]
    assert {(entry.refresh, entry.run, entry.who) for entry in entries} == {
        ("a refresh", "a run", "a schedule")
    }


def test_an_entry_has_the_time_of_its_step() -> None:
    """Tables when they were loaded, checks when they ran, all that the plan says when it began."""
    at = {entry.event: entry.at for entry in trail_of(history())}
    began = datetime.fromtimestamp(STARTED, UTC)
    assert (at["begun"], at["column masked"], at["warning"]) == (began, began, began)
    assert at["table loaded"] == datetime.fromtimestamp(LOADED, UTC)
    assert at["check"] == datetime.fromtimestamp(CHECKED, UTC)
    assert at["published"] > at["check"]


def test_the_first_entry_tells_what_the_refresh_is_made_of() -> None:
    """The fingerprints that its first step wrote, and the version that writes the trail."""
    opened = step("target/schema", STARTED, **{POLICY_DIGEST: "p", SOURCE_DIGEST: "s"})
    said = json.loads(trail_of(history(opened=opened))[0].said)
    assert said.pop("engine_version")
    assert said == {"config_hash": "p", "source_db_hash": "s"}


def test_a_refresh_whose_first_step_is_not_in_the_log_is_still_told() -> None:
    """It then begins when it is published."""
    entries = trail_of(history(opened=None, completed=None))
    assert entries[0].event == "begun"
    assert entries[0].at == entries[-1].at
    assert not [entry for entry in entries if entry.event == "warning"]


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"dagster/schedule_name": "nightly", "user": "olga"}, "schedule nightly"),
        ({"user": "olga"}, "olga"),
    ],
)
def test_a_run_says_what_started_it(tags: dict[str, str], who: str) -> None:
    """A schedule before the person that a tag names."""
    assert started_by(dg.DagsterRun(job_name="refresh", run_id="a run", tags=tags)) == who


def test_an_untagged_run_names_the_systems_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its machine; in a container the user may have no name."""
    run = dg.DagsterRun(job_name="refresh", run_id="a run")
    monkeypatch.setattr("platform.node", lambda: "a machine")
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    assert started_by(run) == "olga at a machine"

    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    assert started_by(run) == "an unnamed user at a machine"


def table(name: str, seconds: float, rows: int) -> dict[str, Any]:
    """A table of a proof."""
    return {"name": name, "seconds": seconds, "rows": rows}


def test_the_slowest_table_has_the_longest_bar() -> None:
    """In the order of time; a table that took none still has a bar."""
    drawn = bars_of([table("a", 0.0, 1), table("person", 2.0, 1000), table("b", 1.0, 5)])
    assert drawn.splitlines() == [
        "```",
        f"person {'█' * 16} 2.00 s, 1,000 rows",
        f"b      {'█' * 8}{' ' * 8} 1.00 s, 5 rows",
        f"a      █{' ' * 15} 0.00 s, 1 rows",
        "```",
    ]


def test_few_bars_are_drawn() -> None:
    """Twelve of many tables, none of none; a time of 0 s divides nothing."""
    assert len(bars_of([table(f"t{n}", n, n) for n in range(30)]).splitlines()) == 14
    assert bars_of([]) == "```\n```"
    assert bars_of([table("a", 0, 0)]).splitlines()[1] == f"a █{' ' * 15} 0.00 s, 0 rows"
