"""Rules, installed validators, generators and planners decide about rows before any is written."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from testdata.made import NONE_TAKEN, built

from privaci_core.testdata.errors import BadConstraint, PlannerMissing, Rejected, SeedFailed
from privaci_core.testdata.load_scenario import parse_scenario
from privaci_core.testdata.make_bundle import make_bundle
from privaci_core.testdata.planner import plan
from privaci_core.testdata.validators import check_bundle, refuse_rejected

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import Connection

    from privaci_core.testdata.bundle import Bundle
    from privaci_core.testdata.validators import Verdict

pytestmark = pytest.mark.postgres

DDL = """
CREATE TABLE public.member (id serial PRIMARY KEY, name text, status text NOT NULL);
CREATE TABLE public.claim (id serial PRIMARY KEY, status text NOT NULL, reason text,
    member_id integer NOT NULL REFERENCES public.member,
    paid numeric(9,2) NOT NULL CHECK (paid < 100),
    twice numeric GENERATED ALWAYS AS (paid * 2) STORED);
INSERT INTO public.member (status) VALUES ('other')
"""
ROWS = """
scenario_id: denied
description: A denied claim.
default_constraints: { status: denied, reason: late, paid: 5 }
rows:
  member: { create: public.member, values: { name: null, status: active }, count: 2 }
  claim:
    create: public.claim
    values: { member_id: "@member", status: "{status}", reason: "{reason}", paid: "{paid}" }
    count: 2
"""
PLUGINS = """
def one_claim(rows):
    return len(rows["claim"]) == 1

def breaks(rows):
    raise ValueError(rows["claim"][0]["reason"])

def upper(rows, *, constraints, seed):
    for claim in rows["claim"]:
        claim["reason"] = claim["reason"].upper() + constraints["status"]
    return rows

def twice(rows, *, constraints, seed):
    for claim in rows["claim"]:
        claim["reason"] = claim["reason"] * 2
        claim["paid"] = 7
    return rows

def too_much(rows, *, constraints, seed):
    rows["claim"][0]["paid"] = 1000
    return rows

def more(rows, *, constraints, seed):
    rows["claim"].append({})
    return rows

SEEN = []

def choose(request, *, constraints, scenarios, tables):
    SEEN.append((scenarios, tables))
    return {"scenario": "denied", "constraints": {"reason": request, "status": "paid"}}
"""
ENTRY_POINTS = """[privaci.validators]
one_claim = test_data_plugins:one_claim
breaks = test_data_plugins:breaks
[privaci.generators]
upper = test_data_plugins:upper
twice = test_data_plugins:twice
too_much = test_data_plugins:too_much
more = test_data_plugins:more
[privaci.planners]
chooser = test_data_plugins:choose
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Validators, generators and a planner, installed in this process."""
    (tmp_path / "test_data_plugins.py").write_text(PLUGINS, encoding="utf-8")
    info = tmp_path / "test_data_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: test-data-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))


def made(connection: Connection[Any], text: str, **constraints: Any) -> Bundle:
    """The rows of a scenario."""
    return judged(connection, text, **constraints)[0]


def judged(
    connection: Connection[Any], text: str, **constraints: Any
) -> tuple[Bundle, tuple[Verdict, ...]]:
    """The rows of a scenario, and what its validators say."""
    connection.rollback()
    facts, scenario = built(connection, DDL), parse_scenario(text)
    bundle = make_bundle(
        connection, facts, scenario, constraints, run="r", seed="s", taken=NONE_TAKEN
    )
    return bundle, check_bundle(connection, facts, bundle, scenario)


RULES = """validators:
  - { name: reason, rule: "claim.status != 'denied' || claim.reason != ''", message: "say why" }
  - { name: null is not true, rule: "member.name == 'x'" }
  - { name: pairs, rule: "claim.member_id == member.id && !has(member.name)" }
  - { name: generated, rule: "claim.twice == 10 && claim.reason.startsWith('l')" }
  - { name: never, rule: "claim.paid > 50 || member.status in ['x', '50%']" }
  - relational.claim_references_existing_member
"""


def test_every_rule_is_told(connection: Connection[Any]) -> None:
    """Rules read rows of several roles in pairs; NULL is not true; all that failed are named."""
    _, verdicts = judged(connection, ROWS + RULES)
    passed = {verdict.name: verdict.passed for verdict in verdicts}
    assert passed == {
        "reason": True,
        "null is not true": False,
        "pairs": True,
        "generated": True,
        "never": False,
        "relational.claim_references_existing_member": True,
    }
    with pytest.raises(Rejected, match=r"(?s)null is not true.*- never: claim\.paid > 50"):
        refuse_rejected(parse_scenario(ROWS + RULES), verdicts)


def test_a_claim_of_another_member_fails_its_relation(connection: Connection[Any]) -> None:
    """A row that refers to a row outside the bundle does not refer to the role."""
    text = ROWS.replace('member_id: "@member"', "member_id: 1") + RULES
    _, verdicts = judged(connection, text)
    assert not verdicts[-1].passed


def test_constraints_override_the_defaults(connection: Connection[Any]) -> None:
    """A request's constraint replaces the default, with its type; an unknown one is refused."""
    bundle = made(connection, ROWS, status="paid", paid=3.5)
    (claim, _) = bundle.of_role("claim")
    assert (claim.values["status"], claim.values["paid"]) == ("paid", "3.5")
    with pytest.raises(BadConstraint, match="Did you mean `status`"):
        made(connection, ROWS, statsu="paid")


@pytest.mark.usefixtures("plugins")
def test_installed_validators_decide(connection: Connection[Any]) -> None:
    """A validator that says no, or that ends with an error, fails; its texts are not repeated."""
    _, verdicts = judged(connection, ROWS + "validators: [one_claim, breaks]")
    assert [verdict.passed for verdict in verdicts] == [False, False]
    assert verdicts[1].message == "it ended with ValueError"
    with pytest.raises(SeedFailed, match="missing"):
        judged(connection, ROWS + "validators: [missing]")


@pytest.mark.usefixtures("plugins")
def test_generators_run_in_order(connection: Connection[Any]) -> None:
    """Each generator gets what the one before it returned, and the constraints."""
    bundle = made(connection, ROWS + "generators: [upper, twice]")
    (claim, _) = bundle.of_role("claim")
    assert (claim.values["reason"], claim.values["paid"]) == ("LATEdenied" * 2, "7")


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "why"), [("too_much", "claim_paid_check"), ("more", "number of rows")]
)
def test_generators_are_judged_too(connection: Connection[Any], name: str, why: str) -> None:
    """Rows of a generator that break a constraint, or are more than before, are refused."""
    with pytest.raises(SeedFailed, match=why):
        made(connection, ROWS + f"generators: [{name}]")


@pytest.mark.usefixtures("plugins")
def test_a_planner_sees_scenarios_and_schemas_alone(connection: Connection[Any]) -> None:
    """An installed planner chooses a scenario by words; the caller's constraints stand."""
    facts = built(connection, DDL)
    scenarios = [parse_scenario(ROWS)]
    planned = plan("llm", "a late one", {"status": "denied"}, scenarios, facts)
    assert planned.scenario == "denied"
    assert planned.constraints == {"reason": "a late one", "status": "denied"}
    test_data_plugins = import_module("test_data_plugins")

    ((seen, tables),) = test_data_plugins.SEEN
    assert seen[0]["description"] == "A denied claim."
    assert tables["public.claim"]["paid"] == "numeric(9,2)"
    assert "other" not in str((seen, tables))


def test_a_planner_that_is_not_installed_is_refused(connection: Connection[Any]) -> None:
    """Without a plugin a request for a language model is refused plainly."""
    facts = built(connection, DDL)
    with pytest.raises(PlannerMissing, match="no planner with a language model"):
        plan("llm", "denied", {}, [], facts)
    assert plan("rule", "denied", {"a": 1}, [], facts).constraints == {"a": 1}
