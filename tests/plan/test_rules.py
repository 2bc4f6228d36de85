"""What the policy says about tables and columns, matched with the catalog."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, foreign_key, place, table
from builders.policies import AS_IT_IS, EMAIL, HASH, columns, policy

from privaci_core.plan.inputs import Inputs
from privaci_core.plan.rules import listed_columns, read_rules, table_rules

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.team", "id int4 key", "name text"),
    table("public.person", "id int4 key", "team int4 -> public.team.id", "made text generated"),
    table("public.event", "id int4", "who text", kind="p", partition_key="RANGE (id)"),
    table("public.event_a", "id int4", "who text", kind="p", partition_of="public.event"),
    table("public.event_a1", "id int4", "who text", partition_of="public.event_a"),
    table("public.shown", "id int4", kind="v"),
)


def rules_of(tables: dict[str, object]) -> object:
    """The rules that these tables of a policy make."""
    return read_rules(Inputs(catalog=SOURCE, policy=policy(tables), contents={}))


def oid(name: str) -> int:
    """The oid of a table."""
    return SOURCE.by_name[name].oid


def findings(tables: dict[str, object]) -> list[str]:
    """What does not fit the source."""
    return [str(found) for found in rules_of(tables).findings]


def test_a_partition_takes_the_nearest_rule_above_it() -> None:
    """At any depth; its own rule wins over its parent's."""
    sizes = {"public.event": {"batch_size": 1}, "public.event_a": {"batch_size": 2}}
    rules = table_rules(SOURCE, policy(sizes))
    assert {SOURCE.by_oid[number].name: rule.batch_size for number, rule in rules.items()} == {
        "event": 1,
        "event_a": 2,
        "event_a1": 2,
    }


def test_strategies_hold_for_partitions() -> None:
    """A table that is excluded is not created; an empty one is, whatever empties it."""
    rules = rules_of(
        {
            "public.event": {"strategy": "exclude"},
            "public.person": {"strategy": "truncate"},
            "public.team": {"strategy": "empty"},
        }
    )
    assert rules.excluded == {oid("public.event"), oid("public.event_a"), oid("public.event_a1")}
    assert rules.empty == {oid("public.person"), oid("public.team")}
    assert rules.findings == ()


def test_transform_leaves_rows() -> None:
    """The usual strategy neither excludes nor empties."""
    rules = rules_of({"public.team": {"strategy": "transform"}})
    assert (rules.excluded, rules.empty) == (frozenset(), frozenset())


def test_columns_get_their_rules() -> None:
    """With the reason and the condition, and at the table's own oid."""
    rules = rules_of(columns("public.team", name=EMAIL | {"when": "id > 5"}, id=AS_IT_IS)).columns
    assert set(rules) == {place(SOURCE, "public.team.name"), place(SOURCE, "public.team.id")}
    rule = rules[place(SOURCE, "public.team.name")]
    assert (rule.action.action, rule.reason, rule.when) == ("fake", "rule", "id > 5")
    assert rules[place(SOURCE, "public.team.id")].when is None


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"public.tame": {}}, "the source has no such table. Did you mean `public.team`?"),
        ({"public.shown": {}}, "the source has no such table"),
        (columns("public.team", nam=HASH), "the table has no such column. Did you mean `name`?"),
        (columns("public.person", made=HASH), "the column is generated from others. Mask those"),
    ],
)
def test_names_that_the_source_lacks_are_refused(tables: dict[str, object], said: str) -> None:
    """Each with its path and what may be meant; no rule comes of it."""
    (found,) = findings(tables)
    assert said in found
    assert f'tables."{next(iter(tables))}"' in found
    assert rules_of(tables).columns == {}


def test_one_mistake_does_not_hide_the_next() -> None:
    """All of a file's mistakes are found, and its sound rules are read."""
    tables = {
        "public.none": {},
        "public.team": {"columns": {"nope": HASH, "name": HASH, "neither": HASH}},
    }
    assert len(findings(tables)) == 3
    assert set(rules_of(tables).columns) == {place(SOURCE, "public.team.name")}


def test_a_generated_column_may_be_passed_through() -> None:
    """It is not masked, so nothing contradicts its expression."""
    assert findings(columns("public.person", made=AS_IT_IS)) == []


def test_an_excluded_table_must_not_be_needed() -> None:
    """A copied table's foreign key needs the table that it refers to."""
    (found,) = findings({"public.team": {"strategy": "exclude"}})
    assert "the foreign key person_team_fkey of public.person needs the table" in found
    assert 'tables."public.team".strategy' in found
    assert "exclude public.person as well" in found
    both = {name: {"strategy": "exclude"} for name in ("public.team", "public.person")}
    assert findings(both) == []
    assert findings({"public.team": {"strategy": "empty"}}) == []
    assert findings({"public.person": {"strategy": "exclude"}}) == []


def test_what_is_listed_needs_no_sample() -> None:
    """Columns with a rule, and every column of a table without rows; partitions as their table."""
    listed = listed_columns(
        policy(columns("public.event", who=HASH) | {"public.team": {"strategy": "truncate"}}),
        SOURCE,
    )
    assert listed == {
        ("public", "event", "who"),
        ("public", "event_a", "who"),
        ("public", "event_a1", "who"),
        ("public", "team", "id"),
        ("public", "team", "name"),
    }


def test_foreign_keys_of_several_columns_are_built() -> None:
    """The builder of catalogs reads both ends."""
    built = catalog(
        table("public.head", "a int4 key", "b int4 key"),
        table("public.line", "x int4", "y int4"),
        foreign_key("public.line(x, y)", "public.head(a, b)"),
    )
    (key,) = built.foreign_keys
    assert (key.columns, key.referenced_columns) == (("x", "y"), ("a", "b"))
    assert built.primary_key(built.by_name["public.head"]) == ("a", "b")
