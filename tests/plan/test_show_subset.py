"""A plan says which rows a subset begins with, and what comes along."""

from __future__ import annotations

from decimal import Decimal

import pytest
from psycopg import sql

from privaci_core.plan.show_subset import MOST_NAMES, subset_block
from privaci_core.plan.subset import Edge, Start, SubsetPlan

pytestmark = pytest.mark.unit

EDGE = Edge(name="", child="public.b", parent="public.a", pairs=(), refers=sql.SQL("true"))
CUT = Edge(
    name="",
    child="public.b",
    parent="public.b",
    pairs=(),
    refers=sql.SQL("true"),
    per_parent=3,
    up="null",
    null_columns=("boss",),
)


def test_a_small_subset_takes_few_lines() -> None:
    """All rows of one table, by one reference."""
    plan = SubsetPlan(starts=(Start(table="public.a"),), edges=(EDGE,))
    assert "\n".join(subset_block(plan)) == (
        "A subset of the rows is copied\n\n"
        "  starts with public.a: all rows\n"
        "  children come by 1 reference\n"
        "  parents come by 1 reference\n\n"
        "`privaci subset` chooses the rows and counts them; it copies none."
    )


def test_every_choice_is_said_and_no_predicate() -> None:
    """Names and numbers; a predicate may hold a value."""
    many = frozenset(f"public.t{number}" for number in range(MOST_NAMES + 2))
    plan = SubsetPlan(
        starts=(
            Start(table="public.a", where="email = 'ada@lake.example'", percent=Decimal("0.50")),
            Start(table="public.b", rows=2000),
        ),
        edges=(EDGE, CUT),
        whole=frozenset({"public.country"}),
        whole_below=1000,
        untied=many | {"public.log"},
        empty=frozenset({"public.log"}),
        match="all",
    )
    said = "\n".join(subset_block(plan))
    assert "ada@lake.example" not in said
    for line in (
        "public.a: 0.5 % of the rows that its `where` selects",
        "public.b: 2,000 of the rows",
        "children come by 2 references, the first of each parent in public.b",
        "parents come by 1 reference; NULL instead in public.b (boss)",
        "a row stays only if all of its parents",
        "come whole: public.country",
        "tables below 1,000 rows come whole if a kept row refers to them",
        "and 2 more",
        "come without rows, as no reference ties them: public.log",
    ):
        assert line in said
