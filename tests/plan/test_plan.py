"""What a plan says of itself: names as people and SQL write them, and what is usual."""

from __future__ import annotations

import pytest
from builders.copies import action, masked, table_plan

from privaci_core.plan.plan import Plan

pytestmark = pytest.mark.unit

HASH = action("hash")


def test_a_table_has_a_name_for_people_and_one_for_sql() -> None:
    """A reserved word is quoted in SQL alone."""
    table = table_plan(name="order")
    assert table.name == "public.order"
    assert table.identifier.as_string(None) == '"public"."order"'


def test_a_column_is_masked_by_value_unless_its_plan_says_otherwise() -> None:
    """Not by element, in every row, and by its own value."""
    column = masked("email", HASH)
    assert (column.is_array, column.when, column.reads) == (False, None, ())


def test_a_plan_counts_its_masked_columns() -> None:
    """Over all tables."""
    tables = (table_plan(masked("a", HASH), masked("b", HASH)), table_plan(masked("c", HASH)))
    assert Plan(tables=tables).masked_columns == 3
