"""What the policy says about rows that refer to nothing, table by table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders.catalogs import catalog, foreign_key, table
from builders.policies import policy

from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.team", "id int4 key", "site int4 unique"),
    table("public.person", "id int4 key", "team int4 not null -> public.team.id"),
    table("public.visit", "id int4 key", "person int4 -> public.person.id", kind="p"),
    table("public.visit_1", "id int4 key", "person int4", partition_of="public.visit"),
    table("public.bill", "id int4 key", "visit int4 -> public.visit.id"),
    table("public.alone", "id int4 key"),
)
TEAM, PERSON, VISIT, VISIT_1, BILL, _ = range(1, 7)
FILTERED = {"where": "id > 5"}


def refused(rules: dict[str, Any], source: Any = SOURCE, **rest: Any) -> list[str]:
    """The places of what is wrong with a policy, each with the reason and what to do."""
    try:
        plan_copy(source, policy(rules, **rest))
    except FindingsError as error:
        return [f"{each.path}: {each.reason}. {each.remedy}" for each in error.findings]
    return []


def test_tables_that_say_nothing_follow_those_that_lose_rows() -> None:
    """However far, through partitions; a table of a refusal of its own does not."""
    plan = plan_copy(SOURCE, policy({"public.person": {"orphan_rows": "drop"}}))
    assert plan.drops_orphans == {PERSON}
    assert plan.follows_drops == {VISIT, BILL}
    rules = {"public.person": {"orphan_rows": "drop"}, "public.visit": {"orphan_rows": "refuse"}}
    assert plan_copy(SOURCE, policy(rules)).follows_drops == frozenset()


def test_the_file_speaks_for_all_tables_that_have_a_key() -> None:
    """A table's own word counts more, in either spelling; partitions have their parent's."""
    plan = plan_copy(SOURCE, policy({}, orphan_rows="drop"))
    assert plan.drops_orphans == {PERSON, VISIT, VISIT_1, BILL}
    rules = {"public.visit": {"null_orphan_fks": True}, "public.bill": {"orphan_rows": "null"}}
    plan = plan_copy(SOURCE, policy(rules, orphan_rows="drop"))
    assert plan.drops_orphans == {PERSON}
    assert plan.nulls_orphans == {VISIT, VISIT_1, BILL}
    assert plan.follows_drops == frozenset()


@pytest.mark.parametrize("key", ["null_orphan_fks", "orphan_rows"])
@pytest.mark.parametrize("parent", [FILTERED, {"strategy": "empty"}, {}])
def test_a_key_that_cannot_become_null_is_refused(key: str, parent: dict[str, Any]) -> None:
    """Before any row is read, at the line of the key, with a way that leads on."""
    value = {"null_orphan_fks": True, "orphan_rows": "null"}[key]
    (said,) = refused({"public.team": parent, "public.person": {key: value}})
    assert said.startswith(f'tables."public.person".{key}: the foreign key ')
    assert " of public.person cannot become NULL: its column team is NOT NULL" in said
    assert "orphan_rows: drop for public.person" in said
    dropped = {"public.team": parent, "public.person": {"orphan_rows": "drop"}}
    assert refused(dropped) == []


def test_a_word_for_the_file_is_refused_only_where_orphans_can_be() -> None:
    """A table that has all its parents has none, unless the source itself is broken."""
    assert refused({}, orphan_rows="null") == []
    (said,) = refused({"public.team": FILTERED}, orphan_rows="null")
    assert said.startswith("orphan_rows: the foreign key ")


def test_a_table_whose_rows_were_chosen_may_null_its_other_keys() -> None:
    """Its predicate may have chosen the rows whose strict key has a parent."""
    source = catalog(
        table("public.team", "id int4 key"),
        table(
            "public.person",
            "id int4 key",
            "team int4 not null -> public.team.id",
            "other int4 -> public.team.id",
        ),
    )
    rules = {"public.team": FILTERED, "public.person": {"null_orphan_fks": True}}
    assert len(refused(rules, source)) == 1
    chosen = rules | {"public.person": {"null_orphan_fks": True, "where": "team > 5"}}
    assert refused(chosen, source) == []


@pytest.mark.parametrize(("match", "count"), [("s", 0), ("f", 1)])
def test_a_part_of_a_key_is_enough_unless_it_matches_in_full(match: str, count: int) -> None:
    """One NULL takes a simple key out of force; a full one has all of its columns or none."""
    source = catalog(
        table("public.head", "a int4 key", "b int4"),
        table("public.line", "id int4 key", "a int4 not null", "b int4"),
        foreign_key("public.line(a, b)", "public.head(a, b)"),
    )
    keys = tuple(replace(key, match=match) for key in source.foreign_keys)
    rules = {"public.head": {"where": "a > 5"}, "public.line": {"orphan_rows": "null"}}
    assert len(refused(rules, replace(source, foreign_keys=keys))) == count
