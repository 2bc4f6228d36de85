"""Scenario files are read strictly, with all mistakes at once."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from privaci_core.testdata.errors import UnknownScenario
from privaci_core.testdata.load_scenario import ScenarioError, parse_scenario
from privaci_core.testdata.mistakes import in_order, related_roles
from privaci_core.testdata.scenario import Create, Find, Rule, json_schema
from privaci_core.testdata.scenarios import Scenarios

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

WHOLE = """
scenario_id: claim_denial_active_member
description: Active member with one denied claim from an out-of-network provider.
tags: [denial]
linked_requirement_ids: [FR-001]
default_constraints: { member_status: active, claim_status: denied, denial_reason: invalid_code }
rows:
  claim:
    create: public.claim
    values: { member_id: "@member", provider_id: "@provider", status: "{claim_status}",
              denial_reason: "{denial_reason}" }
    count: 1
  member:   { find: public.member, where: { status: "{member_status}" }, reserve: true }
  provider: { create: public.provider, values: { network_status: out_of_network } }
generators: []
validators:
  - { name: denial_has_reason, rule: "claim.status != 'denied'", message: "..." }
  - relational.claim_references_existing_member
ttl: 90m
"""


def findings_of(text: str) -> list[str]:
    """What is wrong with a scenario."""
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text)
    return [str(finding) for finding in refused.value.findings]


def test_a_whole_scenario_is_read() -> None:
    """Each key of the format becomes a value of its type."""
    scenario = parse_scenario(WHOLE)
    member, claim = scenario.rows["member"], scenario.rows["claim"]
    assert isinstance(member, Find)
    assert member.reserve
    assert isinstance(claim, Create)
    assert claim.table == "public.claim"
    assert scenario.ttl == timedelta(minutes=90)
    assert isinstance(scenario.validators[0], Rule)
    assert related_roles(scenario, str(scenario.validators[1])) == ("claim", "member")


def test_roles_are_ordered_by_their_references() -> None:
    """A role comes behind those that its values refer to, wherever the file has it."""
    assert in_order(parse_scenario(WHOLE)) == ["member", "provider", "claim"]


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    """Unknown keys, wrong forms and missing keys are told together, each at its line."""
    text = """
scenario_id: "9 lives"
descripton: a typo
rows:
  member: { find: public.member, create: public.member }
  claim: { create: claim, value: {} }
  other: { crate: public.other }
ttl: soon
"""
    found = findings_of(text)
    assert [line.split(",")[0] for line in found] == [
        "line 2",
        "line 3",
        "line 5",
        "line 6",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert "Did you mean `description`?" in found[1]
    assert "either found or created" in found[2]
    assert "Did you mean `values`?" in " ".join(found[3:5])


def test_unknown_constraints_and_roles_name_the_nearest() -> None:
    """A misspelt constraint or role is refused, with its line and the one that is meant."""
    text = """
scenario_id: a
default_constraints: { status: active }
rows:
  member:
    create: public.member
    values:
      status: "{statsu}"
      plain: "{{statsu}} and @@member"
  claim:
    create: public.claim
    values: { member_id: "@memer" }
validators: [relational.claim_references_existing_memer]
"""
    first, second, third = findings_of(text)
    assert first.startswith("line 8")
    assert "Did you mean `status`?" in first
    assert second.startswith("line 12")
    assert "Did you mean `member`?" in second
    assert third.startswith("line 13")


def test_roles_that_need_one_another_are_refused() -> None:
    """A circle of references is refused at reading, and an edge of it is named."""
    text = """
scenario_id: a
rows:
  one: { create: public.one, values: { two: "@two" } }
  two: { create: public.two, values: { one: "@one.name" } }
"""
    (only,) = findings_of(text)
    assert "`one` refers to `two`" in only


@pytest.mark.parametrize("text", ["", "- a", "word", "scenario_id: ["])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    """An empty file, a list, a word and broken YAML are refused in words of a scenario."""
    assert "version" not in " ".join(findings_of(text))


def test_the_json_schema_names_every_key() -> None:
    """The printed schema describes the file's keys, and forbids others."""
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert {"scenario_id", "rows", "validators", "ttl", "made_up"} <= schema["properties"].keys()


def test_a_folder_is_read_again_when_a_file_changes(tmp_path: Path) -> None:
    """New, changed and removed files show after a reload; without a change none is read."""
    file = tmp_path / "a.yaml"
    file.write_text("scenario_id: a\nrows: {m: {find: public.m}}\n", encoding="utf-8")
    scenarios = Scenarios(tmp_path)
    assert not scenarios.reload()
    file.write_text("scenario_id: b\nrows: {m: {find: public.m}}\n", encoding="utf-8")
    os.utime(file, (1, 1))
    assert scenarios.reload()
    assert [each.scenario_id for each in scenarios] == ["b"]
    file.unlink()
    assert scenarios.reload()
    assert len(scenarios) == 0


def test_a_mistake_leaves_the_scenarios_as_they_were(tmp_path: Path) -> None:
    """A reload that meets a mistake raises it, and the earlier scenarios still serve."""
    file = tmp_path / "a.yaml"
    file.write_text("scenario_id: a\nrows: {m: {find: public.m}}\n", encoding="utf-8")
    scenarios = Scenarios(tmp_path)
    file.write_text("scenario_id: a\nrws: {}\n", encoding="utf-8")
    with pytest.raises(ScenarioError):
        scenarios.reload()
    assert scenarios.by_id("a").rows


def test_an_unknown_scenario_names_the_nearest(tmp_path: Path) -> None:
    """A request for a misspelt scenario is told which one is near."""
    text = "scenario_id: active_member\nrows: {m: {find: public.m}}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UnknownScenario, match="Did you mean `active_member`"):
        Scenarios(tmp_path).by_id("active_membr")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """A scenario_id that two files have is refused, and the other file is named."""
    for name in ("a.yaml", "b.yml"):
        text = "scenario_id: a\nrows: {m: {find: public.m}}\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"a\.yaml has the same"):
        Scenarios(tmp_path)
