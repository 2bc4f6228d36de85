"""Noise: numbers near the given ones, within the bounds of the rule and of the type."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Keys, Shape, Unbindable, bind
from privaci_core.masks.values.noise import Bounds

pytestmark = pytest.mark.unit


def masked(action: dict[str, Any], values: list[str | None], **shape: Any) -> list[Any]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python(action)
    return bind(rule, Shape(**shape), KEYS)(pl.Series(values, dtype=pl.String)).to_list()


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
    """A number at its bound moves inwards, by one or by two."""
    tight = {"action": "noise", "amount": 0.1}
    assert masked(tight, ["32767", "-32768", "5"], type_name="int2") == ["32766", "-32766", "6"]
    bounded = {**tight, "minimum": 2.5, "maximum": 5.5}
    assert masked(bounded, ["1", "3", "5", "9"], type_name="int2")[::3] == ["3", "5"]
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
        assert edge - 2 <= int(high) < edge
        assert -edge - 1 < int(low) <= -edge + 1


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
        *(4.999995, 3.999996),
    ]


def test_noise_is_the_same_in_every_release() -> None:
    """Recorded: of the largest numbers, half of which is the farthest that one moves, and small."""
    edge = 2**63 - 1
    recorded: dict[str | None, str] = {
        str(edge): "4611686018427387903",
        str(-edge): "-4611686018427387903",
        str(2**62): "3598173401636052480",
        "1000": "298",
    }
    found = masked({"action": "noise", "ratio": 1.0}, list(recorded), type_name="int8")
    assert found == list(recorded.values())


def test_noise_reaches_the_bounds_of_a_type() -> None:
    """The least and the greatest number that it holds."""
    action = {"action": "noise", "amount": 50}
    low = masked(action, [str(number - 2**15) for number in range(20)], type_name="int2")
    high = masked(action, [str(2**15 - 1 - number) for number in range(20)], type_name="int2")
    assert min(map(int, low)) == -(2**15)
    assert max(map(int, high)) == 2**15 - 1


def test_a_single_whole_number_leaves_nowhere_to_move() -> None:
    """Of two whole numbers, each would always become the other."""
    rule = {"action": "noise", "amount": 1, "minimum": 2.5, "maximum": 3.5}
    with pytest.raises(Unbindable, match="no two whole numbers"):
        masked(rule, ["3"], type_name="int4")


@pytest.mark.parametrize(
    ("rule", "shape", "value", "found"),
    [
        # The smallest step: of a float its sixth digit, of a numeric the last one it has.
        ({"amount": 1e-12}, {"type_name": "float8"}, "0.5", "0.499999"),
        ({"amount": 1e-12}, {"type_name": "numeric"}, "0.00000001", "0.0"),
        # Up to the bound itself.
        ({"amount": 0.1, "decimals": 0, "maximum": 5}, {"type_name": "numeric"}, "4", "3.0"),
        # The bound of a numeric, which Postgres rounds to 99.9 and to 99.
        ({"amount": 50}, {"type_name": "numeric", "precision": 3, "scale": 1}, "99.9", "99.8999"),
        ({"amount": 50}, {"type_name": "numeric", "precision": 2}, "80", "98.9999"),
    ],
)
def test_the_smallest_step_and_the_farthest_number(
    rule: dict[str, Any], shape: dict[str, Any], value: str, found: str
) -> None:
    """A number that noise would leave moves by a unit; one that it would move too far is cut."""
    assert masked({"action": "noise", **rule}, [value], **shape) == [found]


def test_noise_of_a_large_float_is_the_same_in_every_release() -> None:
    """Recorded: of numbers around the largest that six digits behind the point leave exact."""
    asked: list[str | None] = ["530e7", *(f"{number}e9" for number in range(4, 40, 3))]
    found = masked({"action": "noise", "ratio": 0.1}, asked, type_name="float8")
    assert found == [
        "5635681610.901237",
        "4108585577.327112",
        "7143967591.87811",
        "9089695968.632065",
        "13437794853.212036",
        "15146213157.929491",
        "20306882839.674595",
        "23297210490.09693",
        "25885392474.964622",
        "28760902305.16965",
        "28712381860.11931",
        "33927807033.09083",
        "34572046660.05232",
    ]


def test_the_key_of_noise_is_not_shown() -> None:
    """A traceback prints the bounds without it."""
    bounds = Bounds(key="a secret", ratio=0.5, amount=0.0, lowest=0.0, highest=1.0, decimals=None)
    assert "a secret" not in repr(bounds)
