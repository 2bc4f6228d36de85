"""How the rows of tables travel: which tables, in which order, format and destination."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, EMAIL, HASH, NAME, columns, policy

from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.small", "id int4 key", "name text", heap_bytes=10),
    table("public.large", "b int4 key", "a int4 key", "note text", heap_bytes=5, toast_bytes=90),
    table("public.also", "id int4", "made text generated", heap_bytes=10),
    table("public.shown", "id int4", kind="v"),
)


def tables(source: object = SOURCE, rules: dict[str, object] | None = None, **rest: object) -> dict:
    """The planned tables by name."""
    return {found.name: found for found in plan_copy(source, policy(rules, **rest)).tables}


def test_the_largest_table_comes_first() -> None:
    """Heap and TOAST together; equals by name; views have no rows to copy."""
    assert list(tables()) == ["public.large", "public.also", "public.small"]
    assert tables()["public.large"].size_bytes == 95


@pytest.mark.parametrize("strategy", ["exclude", "empty", "truncate"])
def test_a_table_without_rows_is_not_loaded(strategy: str) -> None:
    """None of the three strategies reads its rows; only exclude leaves it out of the target."""
    plan = plan_copy(SOURCE, policy({"public.small": {"strategy": strategy}}))
    assert [table.name for table in plan.tables] == ["public.large", "public.also"]
    excluded = {("public", "small")} if strategy == "exclude" else set()
    assert plan.excluded == excluded


def test_columns_travel_masked_then_read_then_carried() -> None:
    """Each in the table's order; a generated column does not travel."""
    source = catalog(
        table(
            "public.t", "a text", "b date", "c int4", "d text", "e text generated", "f numeric(9,2)"
        )
    )
    shift = {"action": "date_shift", "days": 3, "subject": "c"}
    template = {"action": "template", "template": "{c} {f} {a}"}
    found = tables(source, columns("public.t", b=shift, d=template, a=HASH))["public.t"]
    assert [column.name for column in found.masked] == ["a", "b", "d"]
    assert found.read == (("c", "int4"), ("f", "numeric"))
    assert found.carried == ()
    assert found.leading == ("a", "b", "d", "c", "f")
    carried = tables(source, columns("public.t", d=HASH))["public.t"]
    assert (carried.carried, carried.read) == (("a", "b", "c", "f"), ())
    assert (carried.width, found.width) == (5, 5)


def test_conditions_follow_the_leading_columns() -> None:
    """A condition that is NULL masks nothing; it is selected and not loaded."""
    rules = columns("public.small", name=HASH | {"when": "id > 5"})
    found = tables(rules=rules)["public.small"]
    assert found.selected.as_string(None) == '"name", coalesce(("id" > 5), false), "id"'
    assert found.columns.as_string(None) == '"name", "id"'
    assert len(found.conditions) == 1
    assert tables()["public.small"].selected.as_string(None) == '"id", "name"'


def test_a_predicate_keeps_its_brackets() -> None:
    """Its OR must not reach a chunk's condition beside it."""
    found = tables(rules={"public.small": {"where": "id = 1 OR id = 2"}})
    assert found["public.small"].condition.as_string(None) == "(id = 1 OR id = 2)"
    assert found["public.large"].condition is None


def test_blocks_are_as_large_as_the_policy_says() -> None:
    """A table's own size wins over the policy's; without both, rows fit a block's bytes."""
    rules = {"public.small": {"batch_size": 7}}
    found = tables(rules=rules, batch_size=100)
    assert (found["public.small"].block_rows, found["public.large"].block_rows) == (7, 100)
    assert tables()["public.small"].block_rows is None


def test_a_key_has_its_own_order() -> None:
    """The columns of the primary key; a table without one has none."""
    assert [column.name for column in tables()["public.large"].key] == ["b", "a"]
    assert tables()["public.also"].key == ()


@pytest.mark.parametrize(
    ("column", "masked", "form"),
    [
        ("a text", False, "binary"),
        ("a text", True, "binary"),
        ("a oddtype textual", False, "text"),
        ("a tsvector", False, "binary"),
        ("a tsvector", True, "text"),
    ],
)
def test_rows_are_binary_where_every_column_can_be(column: str, form: str, *, masked: bool) -> None:
    """Types without a portable form travel as text, and so do masked ones that have no codec."""
    source = catalog(table("public.t", "id int4", column))
    static = {"action": "null"}
    rules = columns("public.t", a=static) if masked else {}
    assert tables(source, rules)["public.t"].format == form


EVENTS = catalog(
    table("public.event", "id int4", "who text", "at date", kind="p", partition_key="RANGE (at)"),
    table(
        "public.part",
        "id int4",
        "who text",
        "at date",
        kind="p",
        partition_of="public.event",
        partition_key="LIST (who)",
    ),
    table("public.leaf", "id int4", "who text", "at date", partition_of="public.part"),
)
SHIFT = {"action": "date_shift", "days": 3}


@pytest.mark.parametrize(
    ("rules", "into"),
    [
        ({"id": HASH}, '"public"."leaf"'),
        ({"who": NAME}, '"public"."event"'),
        ({"at": SHIFT}, '"public"."event"'),
        ({"at": AS_IT_IS}, '"public"."leaf"'),
    ],
)
def test_fakes_find_their_partitions(rules: dict[str, object], into: str) -> None:
    """Rows go to the table at the top where a partition key at any level is masked."""
    found = tables(EVENTS, columns("public.event", **rules))
    assert list(found) == ["public.leaf"]
    assert found["public.leaf"].into.as_string(None) == into


def test_a_partition_key_is_matched_by_whole_words() -> None:
    """A column whose name is a part of another's is not that column."""
    source = catalog(
        table("public.log", "at text", "format text", kind="p", partition_key="LIST (format)"),
        table("public.log_1", "at text", "format text", partition_of="public.log"),
    )
    found = tables(source, columns("public.log", at=HASH))
    assert found["public.log_1"].into.as_string(None) == '"public"."log_1"'


def test_orphans_become_null_where_the_policy_says_so() -> None:
    """By the table's oid, partitions with their parent; not for tables that are excluded."""
    rule = {"null_orphan_fks": True}
    plan = plan_copy(EVENTS, policy({"public.event": rule}))
    assert plan.nulls_orphans == {1, 2, 3}
    excluded = rule | {"strategy": "exclude"}
    assert plan_copy(EVENTS, policy({"public.event": excluded})).nulls_orphans == frozenset()
    assert plan_copy(EVENTS, policy({"public.event": {}})).nulls_orphans == frozenset()


def test_a_plan_names_what_is_suspected_and_unmasked() -> None:
    """Low confidence too; not what detection masks, and nothing where the policy is strict."""
    source = catalog(table("public.person", "id int4", "email text", "notes text"))
    plan = plan_copy(source, policy(auto_detect=True))
    assert [(t, c, s.kind) for t, c, s in plan.suspected] == [
        ("public.person", "notes", "free_text")
    ]
    assert plan.masked_columns == 1
    strict = policy(
        columns("public.person", email=EMAIL, notes=AS_IT_IS),
        auto_detect=True,
        strict_autodetect=True,
    )
    assert plan_copy(source, strict).suspected == ()
