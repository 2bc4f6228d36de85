"""Columns that share their values with others: with masked ones, and with names of things."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import policy

from privaci_core.detect.recognise import looks_of
from privaci_core.detect.sample import Contents
from privaci_core.detect.value_prints import prints_of
from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.drivers", "id int4 key", "full_name text"),
    table("public.trucks", "assigned_to text", "vehicle_name text", "remark text"),
    table("public.orders", "ship_name text"),
    table("public.companies", "company_name text"),
)
DRIVERS = [f"Oluchi{letter} Wexford{letter}" for letter in "abcdefghij"]
FIRMS = [f"Kestrel{letter} Mill{letter} Timber" for letter in "abcdefghij"]


def planned(**values: list[str]) -> dict[str, tuple[str, str]]:
    """The provider and the evidence of each masked column, by its name alone."""
    names = {name: f"{table.qualified}.{name}" for table in SOURCE.tables for name in values}
    sampled = {
        place(SOURCE, f"{relation.qualified}.{column.name}"): Contents(
            looks=looks_of(values[column.name]), prints=prints_of(values[column.name])
        )
        for relation in SOURCE.tables
        for column in SOURCE.columns[relation.oid]
        if column.name in values
    }
    assert names
    plan = plan_copy(SOURCE, policy(auto_detect=True), sampled)
    return {
        column.name: (getattr(column.action, "provider", column.action.action), column.evidence)
        for each in plan.tables
        for column in each.masked
    }


def test_what_shares_values_with_a_masked_column_is_masked_alike() -> None:
    """From a third of them on; a text in which they stand, and a thing's name, are not."""
    masked = planned(full_name=DRIVERS, assigned_to=[*DRIVERS[:4], *FIRMS[:6]])
    evidence = "full name: it shares values with public.drivers.full_name"
    assert masked["assigned_to"] == ("full_name", evidence.removeprefix("full name: "))
    assert "assigned_to" not in planned(full_name=DRIVERS, assigned_to=[*DRIVERS[:2], *FIRMS[:1]])
    assert "assigned_to" not in planned(full_name=DRIVERS, assigned_to=[*DRIVERS[:4], *FIRMS])
    assert "vehicle_name" not in planned(full_name=DRIVERS, vehicle_name=DRIVERS)


def test_names_of_the_companies_beside_it_are_no_persons() -> None:
    """`ship_name` says a person's; names of people stay a person's wherever else they are."""
    assert planned(ship_name=FIRMS)["ship_name"][0] == "full_name"
    assert "ship_name" not in planned(ship_name=FIRMS, company_name=FIRMS)
    people = [f"{name} Smith" for name in ("Mary", "John", "Linda", "James", "Ann")]
    assert "ship_name" in planned(ship_name=people, company_name=people)
    assert "ship_name" in planned(ship_name=FIRMS, company_name=FIRMS[:2])
