"""Aliases that name a column: whose key a rule gets, and which columns must fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import columns, policy

from privaci_core.plan.column_aliases import resolve_aliases
from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.rules import read_rules

if TYPE_CHECKING:
    from privaci_core.plan.column_aliases import ColumnAliases

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.a", "x text", "y text", "z text", "doc jsonb"),
    table("public.b", "v text"),
)


def fake(alias: str | None, provider: str = "email") -> dict[str, Any]:
    """A rule with an alias."""
    return {"action": "fake", "provider": provider, "seed_alias": alias}


def resolved(rules: dict[str, Any], source: Any = SOURCE) -> ColumnAliases:
    """The aliases of a policy."""
    inputs = Inputs(catalog=source, policy=policy(rules), contents={})
    return resolve_aliases(inputs, read_rules(inputs).columns, link_columns(inputs))


def aliases(rules: dict[str, Any], source: Any = SOURCE) -> dict[str, str | None]:
    """The alias from which the key of each column is made."""
    found = resolved(rules, source).rules
    return {name: rule.action.seed_alias for (_, name), rule in found.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"x": fake(None), "y": fake("public.a.x")}, {"x": None, "y": None}),
        ({"x": fake("word"), "y": fake("public.a.x")}, {"x": "word", "y": "word"}),
        ({"y": fake("public.a.x")}, {"y": None}),
        ({"y": fake("public.b.v")}, {"y": None}),
        (
            {"x": fake(None), "y": fake("public.a.x"), "z": fake("public.a.y")},
            {"x": None, "y": None, "z": None},
        ),
        ({"y": fake("public.a.gone")}, {"y": "public.a.gone"}),
        ({"y": fake("public.gone.x")}, {"y": "public.gone.x"}),
        ({"y": fake('"public".a.x')}, {"y": None}),
    ],
)
def test_a_path_is_that_columns_key(rules: dict[str, Any], expected: dict[str, str | None]) -> None:
    """Its own alias, or no alias; what names no column stays a word."""
    assert aliases(columns("public.a", **rules)) == expected


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ({"x": fake("public.a.x"), "y": fake("public.a.x")}, "public.a.x"),
        ({"x": fake("public.a.y"), "y": fake("public.a.x")}, "public.a.x"),
        (
            {"x": fake("public.a.y"), "y": fake("public.a.z"), "z": fake("public.a.y")},
            "public.a.y",
        ),
    ],
)
def test_a_circle_shares_one_key(rules: dict[str, Any], key: str) -> None:
    """A column that names itself keeps the key that it always had."""
    assert set(aliases(columns("public.a", **rules)).values()) == {key}


def test_a_path_inside_a_document_is_resolved_too() -> None:
    """The document as a whole fits no other column, so it is paired with none."""
    document = {"action": "json", "paths": {"$.by": fake("public.a.x")}}
    found = resolved(columns("public.a", x=fake("word"), doc=document))
    (inner,) = found.rules[place(SOURCE, "public.a.doc")].action.paths.values()  # type: ignore[union-attr]
    assert inner.seed_alias == "word"
    assert found.pairs == ()


def test_a_path_that_is_no_columns_is_noted() -> None:
    """With what may be meant; as a word of several columns it joins them, and is no mistake."""
    lost = fake("public.a.xx")
    (warning,) = resolved(columns("public.a", x=fake(None), y=lost)).warnings
    assert warning == (
        "ALIAS public.a.y: its seed_alias public.a.xx is no column of the source, and no other"
        " column's. Did you mean `public.a.x`?"
    )
    assert resolved(columns("public.a", x=lost, y=lost)).warnings == ()
    assert resolved(columns("public.a", x=fake("a.word"), y=fake("public.a.x"))).warnings == ()


def test_a_shuffles_alias_is_no_key() -> None:
    """It says which columns of a table move together, so it stays as it is."""
    shuffle = {"action": "shuffle", "seed_alias": "public.a.x"}
    assert aliases(columns("public.a", x=fake(None), y=shuffle))["y"] == "public.a.x"


def test_the_key_of_a_linked_column_counts() -> None:
    """The policy may list the other end of a foreign key."""
    source = catalog(
        table("public.user", "mail text unique"),
        table("public.profile", "mail text -> public.user.mail"),
        table("public.order", "buyer text"),
    )
    rules = columns("public.user", mail=fake("word"))
    rules |= columns("public.order", buyer=fake("public.profile.mail"))
    assert aliases(rules, source) == {"mail": "word", "buyer": "word"}


def test_columns_that_share_a_key_are_planned_alike() -> None:
    """A unique column and its soft reference get the fakes of a unique column of the least room."""
    source = catalog(
        table("public.user", "name varchar(60) unique"), table("public.order", "buyer varchar(40)")
    )
    rules = columns("public.user", name=fake(None, "full_name"))
    rules |= columns("public.order", buyer=fake("public.user.name", "full_name"))
    plan = plan_copy(source, policy(rules))
    one, other = (column for each in plan.tables for column in each.masked)
    assert one.action == other.action
    assert (one.shape.unique, one.shape.max_length) == (True, 40)
    assert (other.shape.unique, other.shape.max_length) == (True, 40)
