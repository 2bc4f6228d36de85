"""What columns demand of their masks, by themselves and with those that hold the same values."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import HASH, columns, policy

from privaci_core.masks import Shape
from privaci_core.plan.column_shape import combined, group_demands, shapes_of
from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("column", "shape"),
    [
        ("a text", Shape()),
        ("a varchar(7)", Shape(type_name="varchar", max_length=7)),
        ("a varchar(7)[]", Shape(type_name="varchar", max_length=7)),
        ("a bpchar(1)", Shape(type_name="bpchar", max_length=1)),
        ("a int4 not null", Shape(type_name="int4", not_null=True)),
        ("a int4 key", Shape(type_name="int4", not_null=True, unique=True)),
        ("a text unique", Shape(unique=True)),
        ("a numeric(10,2)", Shape(type_name="numeric", precision=10, scale=2)),
        ("a numeric(1,0)", Shape(type_name="numeric", precision=1, scale=0)),
        ("a numeric(5,-3)", Shape(type_name="numeric", precision=5, scale=-3)),
        ("a numeric(1000,1000)", Shape(type_name="numeric", precision=1000, scale=1000)),
        ("a numeric(9,-1000)", Shape(type_name="numeric", precision=9, scale=-1000)),
        ("a numeric", Shape(type_name="numeric")),
        ("a timestamptz", Shape(type_name="timestamptz")),
        ("a timestamptz(3)", Shape(type_name="timestamptz", scale=3)),
        ("a timestamp(0)", Shape(type_name="timestamp", scale=0)),
        ("a time(6)", Shape(type_name="time", scale=6)),
        ("a timetz(1)", Shape(type_name="timetz", scale=1)),
        ("a interval(2)", Shape(type_name="interval", scale=2)),
        ("a bit(5)", Shape(type_name="bit")),
    ],
)
def test_a_column_demands_what_its_type_and_keys_do(column: str, shape: Shape) -> None:
    """Length, digits, uniqueness and NOT NULL, and nothing that a type does not have."""
    assert shapes_of(catalog(table("public.t", column)))[1, "a"] == shape


def test_an_expressions_columns_are_unique() -> None:
    """An index on lower(email) is broken by two fakes as one on email is; others are free."""
    shapes = shapes_of(catalog(table("public.t", "a text", "b text", unique=("lower(a)",))))
    assert (shapes[1, "a"].unique, shapes[1, "b"].unique) == (True, False)


def test_an_enum_demands_one_of_its_labels() -> None:
    """Its own and no other's."""
    source = catalog(
        table("public.t", "a mood", "b other", "c text"),
        enums={"public.mood": ("sad", "glad"), "public.other": ("x",)},
    )
    shapes = shapes_of(source)
    assert [shapes[1, name].labels for name in "abc"] == [("sad", "glad"), ("x",), ()]


def test_a_column_is_as_demanding_as_the_others_of_its_group() -> None:
    """The shortest length and uniqueness count, the type stays its own; it does not count twice."""
    shapes = {
        (1, "a"): Shape(max_length=9),
        (2, "b"): Shape(type_name="varchar", max_length=5, unique=True),
        (3, "c"): Shape(max_length=2),
    }
    group = ((2, "b"), (1, "a"))
    assert combined((1, "a"), group, shapes) == Shape(max_length=5, unique=True)
    assert combined((1, "a"), (), shapes) == shapes[1, "a"]


def demanded(source: object, tables: dict[str, object]) -> dict[str, Shape]:
    """What the masked columns of a policy demand."""
    inputs = Inputs(catalog=source, policy=policy(tables), contents={})
    rules, links = read_rules(inputs), link_columns(inputs)
    found = group_demands(spread_rules(inputs, rules, links).rules, links, shapes_of(source))
    return {f"{source.by_oid[oid].name}.{name}": shape for (oid, name), shape in found.items()}


def test_linked_columns_demand_alike() -> None:
    """A key of a wide column in a narrow one is masked so that both can hold it."""
    source = catalog(
        table("public.head", "id int8 key"),
        table("public.line", "head int2 -> public.head.id", "note text"),
    )
    found = demanded(source, columns("public.head", id=HASH))
    assert set(found) == {"head.id", "line.head"}
    assert {shape.narrowest for shape in found.values()} == {"int2"}
    assert all(shape.unique for shape in found.values())


def test_the_bounds_of_a_large_group_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand partitions took four million comparisons of two shapes."""
    compared, linked = list[Shape](), Shape.linked

    def counted(one: Shape, other: Shape) -> Shape:
        compared.append(other)
        return linked(one, other)

    monkeypatch.setattr(Shape, "linked", counted)
    lines = [table(f"public.t{n}", "head int2 -> public.head.id") for n in range(100)]
    source = catalog(table("public.head", "id int8 key"), *lines)
    found = demanded(source, columns("public.head", id=HASH))
    assert {(shape.narrowest, shape.unique) for shape in found.values()} == {("int2", True)}
    assert len(compared) <= 2 * len(found)


def test_columns_that_share_an_alias_demand_alike() -> None:
    """Of one provider; another provider's or alias's do not count."""
    source = catalog(
        table("public.a", "x varchar(30)", "y varchar(20)", "z varchar(10)", "w varchar(8)"),
        table("public.b", "v varchar(40)"),
    )

    def fake(alias: str, provider: str = "username") -> dict[str, str]:
        return {"action": "fake", "provider": provider, "seed_alias": alias}

    of_a = columns("public.a", x=fake("p"), y=fake("p"), z=fake("q"), w=fake("p", provider="city"))
    pseudonym = {"action": "pseudonym", "provider": "username", "seed_alias": "p"}
    found = demanded(source, of_a | columns("public.b", v=pseudonym))
    assert {name: shape.max_length for name, shape in found.items()} == {
        "a.x": 20,
        "a.y": 20,
        "a.z": 10,
        "a.w": 8,
        "b.v": 20,
    }


def test_columns_without_an_alias_do_not_demand_alike() -> None:
    """The same provider alone links nothing."""
    source = catalog(table("public.a", "x varchar(30)", "y varchar(20)"))
    bare = {"action": "fake", "provider": "username"}
    found = demanded(source, columns("public.a", x=bare, y=bare))
    assert {shape.max_length for shape in found.values()} == {30, 20}
    assert place(source, "public.a.x") == (1, "x")
