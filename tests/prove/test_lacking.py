"""What a target lacks of a source's definitions: by meaning, by state, in words."""

from __future__ import annotations

from typing import Any

import pytest

from privaci_core.catalog.foreign_keys import ForeignKey
from privaci_core.prove.keys import Definition, lacking
from privaci_core.prove.references import count_of_orphans

pytestmark = pytest.mark.unit


def definition(**more: Any) -> Definition:
    """A check of a table."""
    usual: dict[str, Any] = {
        "relation": 1,
        "object_class": 2,
        "object": 3,
        "schema": "shop",
        "table_name": "person",
        "kind": "check",
        "name": "old",
        "definition": "CHECK (age > 0)",
        "state": "valid",
        "deparsed": True,
    }
    return Definition(**(usual | more))


def lacks(wanted: Definition, *found: Definition, same_version: bool = True) -> dict[str, str]:
    """What a target with these definitions lacks of one."""
    return dict(lacking([wanted], found, same_version=same_version))


PLACE = "shop.person: old"


def test_the_same_definition_is_there_by_any_name() -> None:
    """Oids differ between databases."""
    there = definition(relation=7, object=8, object_class=9, name="new")
    assert lacks(definition(), there) == {}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"definition": "CHECK (age > 1)"}, "the check has another definition"),
        ({"definition": "x", "name": "new"}, "the check is not in the target"),
        ({"kind": "index", "definition": "x"}, "the check is not in the target"),
        ({"kind": "index"}, "the check is not in the target"),
        ({"state": "not validated"}, "the check is not validated"),
        ({"state": "disabled"}, "the check is disabled"),
        ({"state": "not valid"}, "the check is not valid"),
    ],
)
def test_another_definition_is_not_as_good(found: dict[str, str], words: str) -> None:
    """It is missing, it differs, or it is in a worse state."""
    assert lacks(definition(), definition(**found)) == {PLACE: words}


def test_a_table_that_is_missing_is_named_once() -> None:
    """And not all that it would have; a table of another schema is another."""
    wanted = [definition(), definition(name="other", definition="x")]
    elsewhere = definition(schema="public")
    assert dict(lacking(wanted, [elsewhere], same_version=True)) == {
        "shop.person": "the table is not in the target"
    }


@pytest.mark.parametrize("state", ["not validated", "not valid", "disabled"])
def test_a_copy_may_be_better_than_its_source(state: str) -> None:
    """As good is good enough, too; another flaw is not."""
    wanted = definition(state=state)
    assert lacks(wanted, definition()) == {}
    assert lacks(wanted, definition(state=state)) == {}
    others = {"not validated", "not valid", "disabled"} - {state}
    for other in others:
        assert lacks(wanted, definition(state=other)) == {PLACE: f"the check is {other}"}


def test_one_of_two_alike_is_enough() -> None:
    """The other one may be anything."""
    bad = definition(name="bad", state="not validated")
    assert lacks(definition(), bad, definition()) == {}
    assert lacks(definition(), bad, bad) == {PLACE: "the check is not validated"}


@pytest.mark.parametrize("kind", ["trigger", "row security"])
def test_a_trigger_is_in_the_state_that_it_was_given(kind: str) -> None:
    """One that was off in the source stays off, and one that was on stays on."""
    on, off = definition(kind=kind, state="enabled"), definition(kind=kind, state="disabled")
    assert lacks(off, off) == lacks(on, on) == {}
    assert lacks(off, on) == {PLACE: f"the {kind} is enabled"}
    assert lacks(on, off) == {PLACE: f"the {kind} is disabled"}


def test_versions_print_expressions_in_their_own_words() -> None:
    """Between two of them a name tells; a text without an expression is the same in all."""
    other = definition(definition="CHECK ((age > 0))")
    assert lacks(definition(), other, same_version=False) == {}
    assert lacks(definition(), other) == {PLACE: "the check has another definition"}
    renamed = definition(name="new")
    assert lacks(definition(), renamed, same_version=False) == {
        PLACE: "the check is not in the target"
    }
    plain = definition(deparsed=False)
    assert lacks(plain, definition(deparsed=False, name="new"), same_version=False) == {}
    assert lacks(plain, definition(deparsed=False, definition="x"), same_version=False) == {
        PLACE: "the check has another definition"
    }


def reference(*pairs: tuple[str, str, str, str], **more: Any) -> ForeignKey:
    """A foreign key between two plain tables: own and other column, operator, collation."""
    usual: dict[str, Any] = {
        "relation": 1,
        "referenced": 2,
        "child_schema": "shop",
        "child": "visit",
        "child_alone": True,
        "parent_schema": "public",
        "parent": "Person",
        "parent_alone": False,
        "name": "by",
        "match": "s",
        "on_delete": "a",
        "deferrable": False,
        "validated": True,
    }
    columns, others, operators, collations = zip(*pairs, strict=True)
    return ForeignKey(
        columns=columns,
        referenced_columns=others,
        operators=operators,
        collations=collations,
        **(usual | more),
    )


ONE = ("of %", "id", "OPERATOR(pg_catalog.=)", "")
TWO = ("a", "b", "OPERATOR(ext.===)", 'COLLATE public."German"')
ORPHANED = 'SELECT pg_catalog.count(*) FROM ONLY "shop"."visit" AS child WHERE '


def test_orphans_are_compared_as_the_key_compares() -> None:
    """By its own operators and collations; only tables that inherit nothing stand for more."""
    assert count_of_orphans(reference(ONE, TWO)).as_string() == (
        ORPHANED + '(child."of %" IS NOT NULL AND child."a" IS NOT NULL AND NOT EXISTS ('
        'SELECT FROM "public"."Person" AS parent WHERE parent."id" OPERATOR(pg_catalog.=)'
        ' child."of %" AND parent."b" OPERATOR(ext.===) child."a" COLLATE public."German"))'
    )


def test_a_key_that_matches_in_full_has_no_half() -> None:
    """All of its columns are NULL, or none of them."""
    text = count_of_orphans(reference(ONE, TWO, match="f")).as_string()
    assert text.startswith(ORPHANED + "(child.")
    assert text.endswith(' OR (pg_catalog.num_nulls(child."of %", child."a") BETWEEN 1 AND 1)')
