"""Columns under a person's name that share their values with a column of names of things."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import policy

from privaci_core.detect.names_of_things import names_a_firm
from privaci_core.detect.recognise import looks_of
from privaci_core.detect.sample import Contents
from privaci_core.detect.value_prints import prints_of
from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.orders", "ship_name text"),
    table("public.companies", "company_name text"),
)
FIRMS = [f"Kestrel{letter} Mill{letter} Timber" for letter in "abcdefghij"]


def masked(**values: list[str]) -> dict[str, str]:
    """The provider of each masked column, by its name alone."""
    sampled = {
        place(SOURCE, f"{relation.qualified}.{column.name}"): Contents(
            looks=looks_of(values[column.name]), prints=prints_of(values[column.name])
        )
        for relation in SOURCE.tables
        for column in SOURCE.columns[relation.oid]
        if column.name in values
    }
    plan = plan_copy(SOURCE, policy(auto_detect=True), sampled)
    return {
        column.name: getattr(column.action, "provider", column.action.action)
        for each in plan.tables
        for column in each.masked
    }


def test_names_of_the_companies_beside_it_are_no_persons() -> None:
    """`ship_name` says a person's; names of people stay a person's wherever else they are."""
    assert masked(ship_name=FIRMS)["ship_name"] == "full_name"
    assert "ship_name" not in masked(ship_name=FIRMS, company_name=FIRMS)
    people = [f"{name} Smith" for name in ("Mary", "John", "Linda", "James", "Ann")]
    assert "ship_name" in masked(ship_name=people, company_name=people)
    assert "ship_name" in masked(ship_name=FIRMS, company_name=FIRMS[:2])


def test_a_column_of_firms_is_told_by_its_words_or_its_table() -> None:
    """In the languages of the dictionary; a bare name is its table's."""
    assert names_a_firm("company_name", "customers")
    assert names_a_firm("name", "suppliers")
    assert names_a_firm("nombre_empresa", "pedidos")
    assert not names_a_firm("ship_name", "suppliers")
    assert not names_a_firm("name", "visits")
