"""Requests by scenarios, through the service that all doors share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.testdata.errors import Rejected, SeedFailed, UnknownScenario
from privaci_core.testdata.run_errors import NotConfirmed, NotPublished, WrongToken
from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testdata.runs import Desk


pytestmark = pytest.mark.postgres

CASE = """
scenario_id: denied
linked_requirement_ids: [FR-001]
default_constraints: {status: open, year: 2026}
rows:
  member: {find: public.member, where: {status: "{status}"}, reserve: true}
  provider: {create: public.provider, values: {name: Out of Network}}
  claim:
    create: public.claim
    count: 2
    values: {member: "@member", provider: "@provider", year: "{year}", amount: 12.5}
validators:
  - {name: small, rule: "claim.amount < 100", message: The amount is too large.}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one scenario."""
    (tmp_path / "denied.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def service(desk: Desk, folder: Path) -> Iterator[TestData]:
    """The test data of the target."""
    data = TestData(desk.dsn, Scenarios(folder))
    yield data
    data.close()


def test_a_request_answers_with_its_rows_and_a_reset_takes_them_out(
    service: TestData, desk: Desk
) -> None:
    """The answer holds what the rows of each role are, and how they are reset."""
    before = desk.state()
    answer = service.request("denied", invoker="ann")
    assert answer.status == "ready"
    assert (answer.data["member_id"], answer.data["member"]["status"]) == ("1", "open")
    assert answer.data["provider"]["name"] == "Out of Network"
    assert [claim["amount"] for claim in answer.data["claim"]] == [12.5, 12.5]
    assert [claim["member"] for claim in answer.data["claim"]] == [1, 1]
    assert [row["role"] for row in answer.rows] == ["member", "provider", "claim", "claim"]
    done = service.reset(answer.test_run_id, answer.cleanup_token, invoker="bo")
    assert (done.status, done.removed, done.released) == (
        "cleaned",
        {"public.claim": 2, "public.provider": 1},
        4,
    )
    assert desk.state() == before


def test_columns_for_the_run_name_it(service: TestData, desk: Desk) -> None:
    """A column `test_run_id` of a created row holds the run's name, as a UUID where it is one."""
    answer = service.request("denied", invoker="ann")
    ((name,),) = desk.execute("SELECT test_run_id::text FROM public.provider WHERE name ~ 'Out'")
    assert len(name) == 36
    assert answer.data["provider"]["test_run_id"] == name
    assert answer.data["member"]["test_run_id"] is None


def test_every_step_is_an_event(service: TestData) -> None:
    """The trail of a run tells its steps, who asked, and no token; a refused reset too."""
    answer = service.request("denied", {"status": "open"}, invoker="ann")
    with pytest.raises(WrongToken):
        service.reset(answer.test_run_id, "tdt_wrong", invoker="eve")
    service.reset(answer.test_run_id, answer.cleanup_token, invoker="bo")
    events = service.events(answer.test_run_id)
    assert [(event.action, event.status, event.invoker) for event in events] == [
        ("request_received", "ok", "ann"),
        ("plan_resolved", "ok", "ann"),
        ("validators_passed", "ok", "ann"),
        ("seed_started", "ok", "ann"),
        ("seed_completed", "ok", "ann"),
        ("fixtures_rendered", "ok", "ann"),
        ("catalog_recorded", "ok", "ann"),
        ("reset_refused", "refused", "eve"),
        ("reset_started", "ok", "bo"),
        ("reset_completed", "ok", "bo"),
    ]
    assert {event.requirement_ids for event in events} == {("FR-001",)}
    assert answer.cleanup_token not in str(events)
    assert events[-1].outputs["removed"] == {"public.claim": 2, "public.provider": 1}


def test_a_rejected_request_writes_nothing_but_its_events(
    service: TestData, desk: Desk, folder: Path
) -> None:
    """Every rule that failed is told; no row, no run and no reservation is left."""
    service.refuse_unpublished()
    before = desk.state()
    (folder / "large.yaml").write_text(
        CASE.replace("scenario_id: denied", "scenario_id: large").replace("12.5", "1250"),
        encoding="utf-8",
    )
    heard: list[object] = []
    service.outlet = heard.extend
    with pytest.raises(Rejected, match="small: The amount is too large"):
        service.request("large", invoker="ann")
    assert desk.state() == before
    assert [event.action for event in heard] == [  # type: ignore[attr-defined]
        "request_received",
        "plan_resolved",
        "plan_rejected",
    ]
    assert service.runs() == ()
    assert desk.execute("SELECT action FROM _privaci.test_event ORDER BY place") == [
        ("request_received",),
        ("plan_resolved",),
        ("plan_rejected",),
    ]


def test_an_unknown_scenario_is_told(service: TestData, desk: Desk) -> None:
    """The nearest name is suggested, and the refusal is in the trail."""
    with pytest.raises(UnknownScenario, match="denied"):
        service.request("denyed", invoker="ann")
    assert desk.execute("SELECT action, outputs ->> 'code' FROM _privaci.test_event")[-1] == (
        "plan_rejected",
        "SCENARIO_NOT_FOUND",
    )


def test_an_outlet_that_fails_fails_the_request(service: TestData, desk: Desk) -> None:
    """A request whose trail cannot be told writes nothing at all."""

    def fails(_: object) -> None:
        raise SeedFailed("Telling", "the disk is full", "Make room.")

    service.refuse_unpublished()
    before, service.outlet = desk.state(), fails
    with pytest.raises(SeedFailed, match="disk is full"):
        service.request("denied", invoker="ann")
    assert desk.state() == before
    assert desk.execute("SELECT FROM _privaci.test_run") == []


def test_a_reserved_row_is_not_given_twice(service: TestData) -> None:
    """Two open members serve two requests; the third finds none until one is reset."""
    first = service.request("denied", invoker="ann")
    second = service.request("denied", invoker="ann")
    assert {first.data["member_id"], second.data["member_id"]} == {"1", "2"}
    with pytest.raises(Exception, match=r"(?i)row") as refused:
        service.request("denied", invoker="ann")
    assert refused.value.code == "NO_MATCHING_ROW"  # type: ignore[attr-defined]
    service.reset(first.test_run_id, first.cleanup_token, invoker="ann")
    assert service.request("denied", invoker="ann").data["member_id"] == "1"


def test_every_run_is_reset_after_a_confirmation(service: TestData, desk: Desk) -> None:
    """A reset of all runs is refused without a confirmation, and then cleans each."""
    before = desk.state()
    for _ in range(2):
        service.request("denied", invoker="ann")
    with pytest.raises(NotConfirmed):
        service.reset_all(confirm=False, invoker="ann")
    assert [done.status for done in service.reset_all(confirm=True, invoker="ann")] == [
        "cleaned",
        "cleaned",
    ]
    assert desk.state() == before
    assert service.reset_all(confirm=True, invoker="ann") == ()


def test_a_run_expires(service: TestData, desk: Desk) -> None:
    """A run whose time is over is cleaned; another one stays."""
    kept, forgotten = (service.request("denied", invoker="ann") for _ in range(2))
    desk.execute(
        "UPDATE _privaci.test_run SET expires = now() - interval '1 second'"
        f" WHERE run = '{forgotten.test_run_id}'"
    )
    (done,) = service.expire()
    assert done.run == forgotten.test_run_id
    assert service.events(forgotten.test_run_id)[-1].action == "expired"
    states = {run.run: run.status for run in service.runs()}
    assert states == {kept.test_run_id: "ready", forgotten.test_run_id: "cleaned"}


@pytest.mark.parametrize("state", ["unfinished", "never", "unproved"])
def test_a_target_that_is_not_published_is_refused(
    desk: Desk, service: TestData, state: str
) -> None:
    """Nothing is written to a target that a refresh is at work on, or never proved."""
    if state == "unfinished":
        desk.execute("CREATE TABLE _privaci.unfinished ()")
    elif state == "never":
        desk.execute("DROP SCHEMA _privaci CASCADE")
    else:
        desk.execute("DROP TABLE _privaci.audit_log CASCADE")
    before = desk.state()
    with pytest.raises(NotPublished, match=r"privaci (run|resume)"):
        service.request("denied", invoker="ann")
    assert desk.state() == before
    assert desk.execute("SELECT to_regclass('_privaci.test_run') IS NULL") == [(True,)]


def test_a_reserved_row_may_be_referred_to_meanwhile(desk: Desk, folder: Path) -> None:
    """While a request reserves a row, rows of others that refer to it wait for nothing."""
    seen: list[object] = []

    def before_the_commit(_events: object) -> None:
        with psycopg.connect(desk.dsn, autocommit=True) as other:
            other.execute("SET lock_timeout = 1")
            seen.append(other.execute("INSERT INTO public.claim (year, member) VALUES (2026, 1)"))

    data = TestData(desk.dsn, Scenarios(folder), outlet=before_the_commit)
    data.request("denied", invoker="ann")
    data.close()
    assert len(seen) == 1
