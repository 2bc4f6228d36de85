"""Values changed by rule: noise, coarser forms, constants, ends of text, shuffles."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Keys, Shape, Unbindable, bind

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


def test_noise_is_bounded_by_its_share() -> None:
    """Both ways, as far as the ratio and no farther; nothing stays."""
    values: list[str | None] = [str(n) for n in range(1000, 1200)]
    found = masked({"action": "noise", "ratio": 0.1}, values, type_name="int4")
    moves = [int(after) - int(before or 0) for before, after in zip(values, found, strict=True)]
    assert 0 not in moves
    assert -120 <= min(moves) < -80
    assert 80 < max(moves) <= 120
    found = masked({"action": "noise", "amount": 5}, values, type_name="int4")
    moves = [int(after) - int(before or 0) for before, after in zip(values, found, strict=True)]
    assert set(moves) == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}


def test_noise_at_the_ends_of_a_type() -> None:
    """A number at its bound moves inwards."""
    tight = {"action": "noise", "amount": 0.1}
    assert masked(tight, ["32767", "-32768", "5"], type_name="int2") == ["32766", "-32767", "6"]
    bounded = {**tight, "minimum": 2.5, "maximum": 4.5}
    assert masked(bounded, ["1", "3", "4", "9"], type_name="int2") == ["3", "4", "3", "4"]
    wide = {"action": "noise", "ratio": 1.0}
    edge = 2**63 - 1
    asked: list[str | None] = [str(edge - n) for n in range(50)] + [
        str(n - edge) for n in range(50)
    ]
    found = [int(text) for text in masked(wide, asked, type_name="int8")]
    assert all(-edge - 1 <= number <= edge for number in found)
    assert all(number >= 0 for number in found[:50])
    assert all(number <= 0 for number in found[50:])


def test_noise_does_not_pass_the_end_of_64_bits() -> None:
    """A small move at the end stays near it, whichever way its digest decides."""
    edge = 2**63 - 1
    rule = ACTIONS.validate_python({"action": "noise", "amount": 1.4})
    for number in range(12):
        mask = bind(rule, Shape(type_name="int8"), Keys.of(b"salt %d" % number))
        high, low = mask(pl.Series([str(edge), str(-edge - 1)])).to_list()
        assert edge - 1 <= int(high) < edge
        assert -edge - 1 < int(low) <= -edge


@pytest.mark.parametrize(
    ("rule", "shape", "value", "places"),
    [
        ({"ratio": 0.5}, {"type_name": "numeric"}, "10.125", 3),
        ({"ratio": 0.5}, {"type_name": "numeric"}, "10", 0),
        ({"ratio": 0.5, "decimals": 1}, {"type_name": "numeric"}, "10.125", 1),
        ({"ratio": 0.5}, {"type_name": "float8"}, "10.5", 6),
        ({"amount": 2, "decimals": 0}, {"type_name": "float4"}, "10.5", 0),
    ],
)
def test_noise_keeps_the_digits(
    rule: dict[str, Any], shape: dict[str, Any], value: str, places: int
) -> None:
    """As many behind the point as the value has, or as the rule says; six of a float."""
    (found,) = masked({"action": "noise", **rule}, [value], **shape)
    number = float(found)
    assert number != float(value)
    assert abs(number - round(number, places)) < 1e-9
    assert abs(number - float(value)) <= (float(value) * rule.get("ratio", 0) or 2) + 0.5


def test_noise_of_a_long_fraction_has_fifteen_digits() -> None:
    """A double has no more of them."""
    found = masked({"action": "noise", "ratio": 0.5}, [f"0.{'123456789' * 2}"], type_name="numeric")
    assert len(found[0].partition(".")[2]) == 15


def test_noise_fits_a_numeric() -> None:
    """No digit more than its precision, also where the rule's bounds are wider."""
    action = {"action": "noise", "amount": 50, "minimum": -1000, "maximum": 1000}
    asked: list[str | None] = ["99.9", "-99.9", "0.0", "Infinity", "NaN"]
    found = masked(action, asked, type_name="numeric", precision=3, scale=1)
    assert found[3:] == ["Infinity", "NaN"]
    assert all(abs(float(text)) <= 99.9 for text in found[:3])
    assert all(before != after for before, after in zip(asked[:3], found, strict=False))
    whole = masked(action, ["99", "5"], type_name="numeric", precision=2, scale=0)
    assert all(abs(float(text)) <= 99 for text in whole)
    small = masked({"action": "noise", "amount": 0.001}, ["5.00", "7.25"], type_name="numeric")
    assert [round(float(text), 4) for text in small] == [5.01, 7.26]


def test_noise_far_from_the_bounds_is_near() -> None:
    """The bounds of a numeric cut only what leaves them."""
    action = {"action": "noise", "amount": 1}
    for text in masked(action, ["50.0", "-50.0"], type_name="numeric", precision=3, scale=1):
        assert 49 <= abs(float(text)) <= 51


def test_noise_of_an_extreme_float_moves() -> None:
    """A number too large to round, and one at the upper bound."""
    (large,) = masked({"action": "noise", "amount": 1}, ["1e300"], type_name="float8")
    assert float(large) != 1e300
    assert math.isfinite(float(large))
    bounded = {"action": "noise", "amount": 1e-9, "maximum": 5}
    assert [float(v) for v in masked(bounded, ["5", "4"], type_name="float8")] == [
        *(4.999995, 4.000004),
    ]


@pytest.mark.parametrize(
    ("unit", "day", "moment"),
    [
        ("year", "2020-01-01", "2020-01-01 00:00:00"),
        ("quarter", "2020-04-01", "2020-04-01 00:00:00"),
        ("month", "2020-05-01", "2020-05-01 00:00:00"),
        ("week", "2020-05-11", "2020-05-11 00:00:00"),
        ("day", "2020-05-17", "2020-05-17 00:00:00"),
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
        reason, remedy = refusal(action, type_name="date")
        assert reason == "a date has no hour to start at"
        assert remedy == "Use step, prefix or network."
    else:
        assert masked(action, ["2020-05-17", "infinity"], type_name="date") == [day, "infinity"]


@pytest.mark.parametrize(
    ("step", "type_name", "values", "found"),
    [
        (10, "int4", ["0", "9", "10", "-1", "-10"], ["0", "0", "10", "-10", "-10"]),
        (7, "int2", ["-32768", "-32767", "32767"], ["-32767", "-32767", "32767"]),
        (0.5, "float8", ["1.7", "-0.2", "NaN", "Infinity"], ["1.5", "-0.5", "NaN", "Infinity"]),
        (0.1, "numeric", ["0.37", "0.3"], ["0.3", "0.3"]),
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
