"""Values changed by rule: coarser forms, constants, ends of text, shuffles."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind

pytestmark = pytest.mark.unit


def masked(action: dict[str, Any], values: list[str | None], **shape: Any) -> list[Any]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python(action)
    return bind(rule, Shape(**shape), KEYS)(pl.Series(values, dtype=pl.String)).to_list()


def refusal(action: dict[str, Any], **shape: Any) -> tuple[str, str]:
    """Why an action is refused, and what to do instead."""
    with pytest.raises(Unbindable) as caught:
        bind(ACTIONS.validate_python(action), Shape(**shape), KEYS)
    return caught.value.reason, caught.value.remedy


def test_a_date_has_no_hours() -> None:
    """The refusal names the period, and other forms."""
    reason, remedy = refusal({"action": "generalize", "to": "hour"}, type_name="date")
    assert reason == "a date has no hour to start at"
    assert remedy == "Use step, prefix or network."


@pytest.mark.parametrize(
    ("unit", "day", "moment"),
    [
        ("year", "2020-01-01", "2020-01-01 00:00:00"),
        ("quarter", "2020-04-01", "2020-04-01 00:00:00"),
        ("month", "2020-05-01", "2020-05-01 00:00:00"),
        ("week", "2020-05-11", "2020-05-11 00:00:00"),
        ("day", None, "2020-05-17 00:00:00"),
        ("hour", None, "2020-05-17 12:00:00"),
    ],
)
def test_periods(unit: str, day: str | None, moment: str) -> None:
    """The start of each; a zone stays, dates beyond the calendar keep their year."""
    action = {"action": "generalize", "to": unit}
    given: list[str | None] = ["2020-05-17 12:34:56.7", "12020-05-17 12:34:56"]
    odd = "12020-01-01"
    assert masked(action, given, type_name="timestamp") == [moment, odd]
    zoned = masked(action, ["2020-05-17 12:34:56+00"], type_name="timestamptz")
    assert zoned == [f"{moment}+00"]
    if day is None:
        refusal(action, type_name="date")
    else:
        assert masked(action, ["2020-05-17", "infinity"], type_name="date") == [day, "infinity"]


@pytest.mark.parametrize(
    ("step", "type_name", "values", "found"),
    [
        (10, "int4", ["0", "9", "10", "-1", "-10"], ["0", "0", "10", "-10", "-10"]),
        (7, "int2", ["-32768", "-32767", "32767"], ["-32767", "-32767", "32767"]),
        (0.5, "float8", ["1.7", "-0.2", "NaN", "Infinity"], ["1.5", "-0.5", "NaN", "Infinity"]),
        (0.1, "numeric", ["0.37", "0.3"], ["0.3", "0.3"]),
        (0.25, "numeric", ["0.9", "1"], ["0.75", "1.0"]),
        (32767, "int2", ["32767"], ["32767"]),
        (3, "int2", ["-32768"], ["-32766"]),
        (2, "int2", ["-32768"], ["-32768"]),
    ],
)
def test_multiples(step: float, type_name: str, values: list[str | None], found: list[str]) -> None:
    """Rounded down; up where the type has no lower one; what is not finite stays."""
    rounded = masked({"action": "generalize", "step": step}, values, type_name=type_name)
    assert rounded == found


@pytest.mark.parametrize(("step", "type_name"), [(0.5, "int4"), (32768, "int2"), (1.5, "int8")])
def test_a_step_must_fit_the_type(step: float, type_name: str) -> None:
    """A whole number that a column of whole numbers holds."""
    reason, _ = refusal({"action": "generalize", "step": step}, type_name=type_name)
    assert reason == "the step is not a whole number of the column's type"


def test_networks() -> None:
    """Of addresses of both versions; a network that is wider already stays."""
    action = {"action": "generalize", "network": 16}
    asked: list[str | None] = ["10.1.2.3", "10.1.2.3/24", "10.0.0.0/8", "2001:db8::1", "x"]
    assert masked(action, asked) == [
        *("10.1.0.0/16", "10.1.0.0/16", "10.0.0.0/8", "2001::/16", "other"),
    ]


def test_ranges() -> None:
    """An edge belongs to the range above it; labels, numbers, and what is no number."""
    plain = {"action": "bucket", "edges": [10, 20.5]}
    asked: list[str | None] = ["9.9", "10", "20.4", "20.5", "-3", "x"]
    assert masked(plain, asked) == ["<10", "10-20.5", "10-20.5", ">=20.5", "<10", "other"]
    named = {**plain, "labels": ["low", "middle", "high"]}
    assert masked(named, asked) == ["low", "middle", "middle", "high", "low", "other"]
    assert masked(plain, ["9", "10", "30"], type_name="int4") == ["0", "10", "20.5"]
    several = {"action": "bucket", "edges": [10, 20, 30]}
    assert masked(several, ["1", "15", "20", "99"]) == ["<10", "10-20", "20-30", ">=30"]
    negative = {"action": "bucket", "edges": [-5, 5]}
    assert masked(negative, ["-9", "0", "5"], type_name="numeric") == ["-6", "-5", "5"]


@pytest.mark.parametrize(("room", "fits"), [(5, True), (4, False)])
def test_labels_must_fit(room: int, fits: bool) -> None:  # noqa: FBT001
    """The longest of them, and `other` too."""
    action = {"action": "bucket", "edges": [1], "labels": ["a", "b"]}
    if fits:
        assert masked(action, ["1"], type_name="varchar", max_length=room) == ["b"]
    else:
        reason, _ = refusal(action, type_name="varchar", max_length=room)
        assert reason == "the labels of the ranges do not fit the column"


@pytest.mark.parametrize(
    ("value", "shape", "holds"),
    [
        ("32767", {"type_name": "int2"}, True),
        ("-32768", {"type_name": "int2"}, True),
        ("32768", {"type_name": "int2"}, False),
        ("-32769", {"type_name": "int2"}, False),
        ("1.5", {"type_name": "int4"}, False),
        ("1.5", {"type_name": "numeric"}, True),
        ("x", {"type_name": "float8"}, False),
        ("2020-02-30", {"type_name": "date"}, False),
        ("2020-02-28", {"type_name": "date"}, True),
        ("yes", {"type_name": "bool"}, True),
        ("ja", {"type_name": "bool"}, False),
        ("zzz", {"type_name": "uuid"}, False),
        ("any", {"type_name": "xml"}, True),
        ("a", {"type_name": "mood", "labels": ("a", "b")}, True),
        ("c", {"type_name": "mood", "labels": ("a", "b")}, False),
        ("abc", {"type_name": "varchar", "max_length": 3}, True),
        ("abcd", {"type_name": "varchar", "max_length": 3}, False),
    ],
)
def test_constants(value: str, shape: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    """One that the column cannot hold is refused."""
    action = {"action": "static", "value": value}
    if holds:
        assert masked(action, ["x", None, "y"], **shape) == [value, None, value]
    else:
        assert refusal(action, **shape)


@pytest.mark.parametrize(
    ("rule", "value", "found"),
    [
        ({"first": 1, "last": 2}, "abcdef", "a***ef"),
        ({"first": 1, "last": 2}, "abcd", "a*cd"),
        ({"first": 1, "last": 2}, "abc", "***"),
        ({"first": 1, "last": 2}, "a", "*"),
        ({}, "ab", "**"),
        ({"first": 2}, "äöü", "äö*"),
        ({"first": 70}, "a" * 100, "a" * 70 + "*" * 30),
        ({"last": 1, "fill": "x"}, "abc", "xxc"),
        ({"fill": "*"}, "***", "###"),
        ({"fill": "x"}, "xx", "**"),
        ({"first": 1}, "a**", "a##"),
    ],
)
def test_ends_of_text(rule: dict[str, Any], value: str, found: str) -> None:
    """Characters, not bytes, stay; a value is never filled to itself."""
    assert masked({"action": "partial", **rule}, [value]) == [found]


def test_null_for_every_value() -> None:
    """The empty text becomes NULL too, as text in a column of the same name."""
    values = pl.Series("c", ["x", "", None])
    found = bind(ACTIONS.validate_python({"action": "null"}), Shape(), KEYS)(values)
    assert found.to_list() == [None] * 3
    assert (found.name, found.dtype) == ("c", pl.String)


def test_a_constant_that_does_not_fit_is_explained() -> None:
    """By the type, or by the enum."""
    action = {"action": "static", "value": "x"}
    assert refusal(action, type_name="int4") == (
        "the constant is no int4",
        "Write one of type int4.",
    )
    reason, remedy = refusal(action, type_name="mood", labels=("a", "b"))
    assert (reason, remedy) == ("the constant is no label", "Write a label of the enum.")


def test_a_pattern_is_replaced_and_fitted() -> None:
    """Everywhere in the text; a longer text is cut to the column."""
    action = {"action": "regex_mask", "pattern": r"(\d)\d", "replace": r"<\1>"}
    assert masked(action, ["a12b34", "none"]) == ["a<1>b<3>", "none"]
    assert masked(action, ["a12b34"], type_name="varchar", max_length=6) == ["a<1>b<"]


@pytest.mark.parametrize("alias", [None, "pair"])
def test_a_shuffle_of_two_rows_swaps_them(alias: str | None) -> None:
    """One row cannot trade; NULL takes part only with an alias."""
    action = {"action": "shuffle", "seed_alias": alias}
    assert masked(action, ["a", "b"]) == ["b", "a"]
    assert masked(action, ["a"]) == ["a"]
    assert masked(action, []) == []
    assert masked(action, ["a", None]) == ([None, "a"] if alias else ["a", None])
    assert masked(action, ["a", "", "b", None])[:3] == (
        masked(action, ["a", "", "b", None])[:3] if alias else ["b", "", "a"]
    )
