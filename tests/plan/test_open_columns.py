"""Columns that no rule covers: which detection looks at, and which a strict policy refuses."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import AS_IT_IS, HASH, columns, policy

from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.open_columns import find_open_columns
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.customer", "id int4 key", "email text", "notes text", "made text generated"),
    table("public.visit", "id int4", "phone text", kind="p"),
    table("public.visit_1", "id int4", "phone text", partition_of="public.visit"),
    table("public.shop", "city text"),
    table("public.seen", "email text", kind="v"),
)


def opened(tables: dict[str, object] | None = None, **rest: object) -> object:
    """The columns that a policy leaves open."""
    inputs = Inputs(catalog=SOURCE, policy=policy(tables, **rest), contents={})
    rules = read_rules(inputs)
    return find_open_columns(inputs, rules, spread_rules(inputs, rules, link_columns(inputs)))


def names(places: object) -> list[str]:
    """Columns by table and name."""
    return [f"{SOURCE.by_oid[oid].name}.{name}" for oid, name in places]


def test_columns_without_a_rule_are_open() -> None:
    """Partitions' too; generated ones and a view's are not, for they are not copied."""
    assert names(opened(columns("public.customer", email=HASH, notes=AS_IT_IS)).places) == [
        "customer.id",
        "visit.id",
        "visit.phone",
        "visit_1.id",
        "visit_1.phone",
        "shop.city",
    ]


@pytest.mark.parametrize("strategy", ["exclude", "empty", "truncate"])
def test_tables_without_rows_have_no_open_columns(strategy: str) -> None:
    """Nothing of them is copied."""
    found = opened({"public.visit": {"strategy": strategy}})
    assert {name.split(".")[0] for name in names(found.places)} == {"customer", "shop"}


def test_suspicions_are_about_open_columns_of_whole_tables() -> None:
    """A partition's column is its table's; what has a rule is not suspected."""
    found = opened(columns("public.customer", notes=AS_IT_IS), auto_detect=True)
    assert names(found.suspicions) == ["customer.email", "visit.phone", "shop.city"]
    assert found.suspicions[place(SOURCE, "public.customer.email")].confidence == "high"
    assert found.findings == ()


def test_nothing_is_suspected_without_detection() -> None:
    """Not even by a strict policy."""
    assert opened(auto_detect=False).suspicions == {}
    assert opened(auto_detect=False, strict_autodetect=True).findings == ()


def test_a_strict_policy_refuses_what_looks_personal() -> None:
    """High and medium confidence with the evidence; low is left."""
    found = [str(f) for f in opened(auto_detect=True, strict_autodetect=True).findings]
    assert [line.split(": ")[0].split("columns.")[1] for line in found] == [
        "email",
        "notes",
        "phone",
    ]
    assert "it is not listed and seems to hold email (high: its name and its type text)" in found[0]
    assert "(medium: " in found[1]
    assert found[0].endswith("Give it an action; passthrough copies it as it is.")
