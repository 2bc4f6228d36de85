"""Rules that spread along links, and rules that contradict each other there."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import EMAIL, HASH, NULL, columns, policy

from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.team", "id int4 key", "kind text", "name text"),
    table("public.person", "id int4 key", "team int4 -> public.team.id", "kind text"),
    table("public.badge", "team int4 -> public.team.id", "owner int4", "other int4"),
)


def ruled(tables: dict[str, object], *relations: dict[str, str]) -> object:
    """What the rules of a policy become."""
    inputs = Inputs(catalog=SOURCE, policy=policy(tables, relations=list(relations)), contents={})
    return spread_rules(inputs, read_rules(inputs), link_columns(inputs))


def shown(found: object) -> dict[str, tuple[str, str, str | None]]:
    """Columns with their action, reason and condition."""
    return {
        f"{SOURCE.by_oid[oid].name}.{name}": (rule.action.action, rule.reason, rule.when)
        for (oid, name), rule in found.rules.items()
    }


def test_a_rule_follows_keys_in_both_directions() -> None:
    """From the referencing column to the referenced one, and on to all that refer to it."""
    assert shown(ruled(columns("public.person", team=HASH))) == {
        "person.team": ("hash", "rule", None),
        "team.id": ("hash", "inherited by key", None),
        "badge.team": ("hash", "inherited by key", None),
    }


def test_a_condition_travels_with_its_rule() -> None:
    """A rule's own condition holds for every column that follows."""
    found = shown(ruled(columns("public.team", id=HASH | {"when": "kind == 'x'"})))
    assert {when for _, _, when in found.values()} == {"kind == 'x'"}
    assert len(found) == 3


def test_a_relations_condition_replaces_the_rules() -> None:
    """The referencing column follows where its own condition is true, and leads nowhere back."""
    relation = {"from": "public.badge(owner)", "to": "public.person(id)", "when": "other == 1"}
    found = shown(ruled(columns("public.person", id=HASH | {"when": "team > 1"}), relation))
    assert found == {
        "person.id": ("hash", "rule", "team > 1"),
        "badge.owner": ("hash", "inherited by key", "other == 1"),
    }
    assert shown(ruled(columns("public.badge", owner=HASH), relation)) == {
        "badge.owner": ("hash", "rule", None)
    }


def test_a_column_that_refers_to_either_of_two_tables_follows_both() -> None:
    """Its two conditions are joined, each once."""
    to_person = {"from": "public.badge(owner)", "to": "public.person(id)", "when": "other == 1"}
    to_team = {"from": "public.badge(owner)", "to": "public.team(id)", "when": "other == 2"}
    rules = columns("public.person", id=HASH) | columns("public.team", id=HASH)
    when = shown(ruled(rules, to_person, to_team))["badge.owner"][2]
    assert when in {"(other == 1) || (other == 2)", "(other == 2) || (other == 1)"}
    same = to_team | {"when": "other == 1"}
    assert shown(ruled(rules, to_person, same))["badge.owner"][2] == "other == 1"
    thrice = shown(ruled(rules, to_person, to_team, to_team))["badge.owner"][2]
    assert thrice.count("other == 2") == 1


def test_a_columns_own_rule_keeps_its_condition() -> None:
    """A relation's condition is not added to a rule that the file states."""
    relation = {"from": "public.badge(owner)", "to": "public.person(id)", "when": "other == 1"}
    rules = columns("public.person", id=HASH)
    rules |= columns("public.badge", owner=HASH | {"when": "other > 7"})
    assert shown(ruled(rules, relation))["badge.owner"] == ("hash", "rule", "other > 7")


def test_a_column_that_always_refers_to_a_masked_key_is_always_masked() -> None:
    """A conditional relation beside does not narrow it, nor the columns that follow it."""
    always = {"from": "public.badge(owner)", "to": "public.person(id)"}
    sometimes = {"from": "public.badge(owner)", "to": "public.team(id)", "when": "other == 2"}
    rules = columns("public.person", id=HASH) | columns("public.team", id=HASH)
    follows = {"from": "public.badge(other)", "to": "public.badge(owner)"}
    for order in ([always, sometimes, follows], [sometimes, follows, always]):
        found = ruled(rules, *order)
        assert found.findings == ()
        assert shown(found)["badge.owner"] == ("hash", "inherited by key", None)
        assert shown(found)["badge.other"] == ("hash", "inherited by key", None)


def test_a_rules_own_condition_widens_what_a_relation_says() -> None:
    """Whichever of the two masked keys is followed first: no row of either keeps its value."""
    always = {"from": "public.badge(owner)", "to": "public.person(id)"}
    sometimes = {"from": "public.badge(owner)", "to": "public.team(id)", "when": "other == 2"}
    person = columns("public.person", id=HASH | {"when": "team == 1"})
    team = columns("public.team", id=HASH)
    for rules in (person | team, team | person):
        when = shown(ruled(rules, always, sometimes))["badge.owner"][2]
        assert when in {"(team == 1) || (other == 2)", "(other == 2) || (team == 1)"}


def test_a_column_that_follows_is_masked_in_every_row_that_it_follows() -> None:
    """In whatever order the links are found: it holds the same keys as the column before it."""
    to_person = {"from": "public.badge(owner)", "to": "public.person(id)", "when": "other == 1"}
    to_team = {"from": "public.badge(owner)", "to": "public.team(id)", "when": "other == 2"}
    follows = {"from": "public.badge(other)", "to": "public.badge(owner)"}
    rules = columns("public.person", id=HASH) | columns("public.team", id=HASH)
    for order in ([to_person, to_team, follows], [follows, to_team, to_person]):
        found = shown(ruled(rules, *order))
        assert found["badge.owner"][2].count(" || ") == 1
        assert found["badge.other"] == found["badge.owner"]


def test_two_rules_for_one_key_are_refused_once() -> None:
    """At one of their places, with the other's name; the same rule twice is none."""
    found = ruled(columns("public.person", team=HASH) | columns("public.team", id=NULL))
    messages = [str(finding) for finding in found.findings]
    assert len([m for m in messages if "public.person" in m and "public.team" in m]) == 1
    assert 'tables."public.team".columns.id' in messages[0]
    assert "the same key as public.person.team, but has another rule." in messages[0]
    assert "Give both the same rule, or remove one." in messages[0]
    same = columns("public.person", team=HASH) | columns("public.team", id=HASH)
    assert ruled(same).findings == ()


def test_conditions_make_no_two_rules() -> None:
    """What differs in `when` alone gives the same fakes."""
    rules = columns("public.person", team=HASH) | columns(
        "public.team", id=HASH | {"when": "kind == 'x'"}
    )
    assert ruled(rules).findings == ()


def test_a_conditional_relation_between_different_rules_is_refused() -> None:
    """Whichever of the two columns comes first in the catalog."""
    for ends, when in (
        (("badge(owner)", "person(id)"), "other == 1"),
        (("person(kind)", "team(name)"), "id == 1"),
    ):
        relation = {"from": f"public.{ends[0]}", "to": f"public.{ends[1]}", "when": when}
        parts = [end.rstrip(")").split("(") for end in ends]
        rules = columns(f"public.{parts[0][0]}", **{parts[0][1]: HASH})
        rules |= columns(f"public.{parts[1][0]}", **{parts[1][1]: EMAIL})
        assert len(ruled(rules, relation).findings) == 1


def test_no_rule_leads_to_nothing() -> None:
    """An empty policy covers no column."""
    found = ruled({})
    assert (found.rules, found.findings) == ({}, ())
    assert place(SOURCE, "public.team.id") not in found.rules
