"""Masks that have a choice: another salt gives another value, or the column is refused."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS

from privaci_core.masks import Keys, Shape, Unbindable, bind

pytestmark = pytest.mark.unit

SALTS = [Keys.of(f"salt {number} of the test suite, long enough".encode()) for number in range(40)]


def outcomes(action: dict[str, Any], value: str, **shape: Any) -> set[str]:
    """What a value becomes under forty salts."""
    rule, where = ACTIONS.validate_python(action), Shape(**shape)
    values = pl.Series([value], dtype=pl.String)
    return {bind(rule, where, keys)(values)[0] for keys in SALTS}


@pytest.mark.parametrize("value", ["-3", "-1", "0", "1", "2", "7"])
@pytest.mark.parametrize("rule", [{"ratio": 0.1}, {"amount": 0.2}])
def test_noise_of_a_small_integer_depends_on_the_salt(value: str, rule: dict[str, float]) -> None:
    """A move of less than a half was always rounded to the next number above."""
    found = outcomes({"action": "noise", **rule}, value, type_name="int4")
    assert found == {str(int(value) - 1), str(int(value) + 1)}


@pytest.mark.parametrize(
    ("value", "expected"), [("0", {"1", "2"}), ("9", {"7", "8"}), ("5", {"4", "6"})]
)
def test_noise_at_its_bounds_depends_on_the_salt(value: str, expected: set[str]) -> None:
    """A number at the end of its range moves by one or by two."""
    rule = {"action": "noise", "amount": 0.2, "minimum": 0, "maximum": 9}
    assert outcomes(rule, value, type_name="int2") == expected
    decimal = {**rule, "decimals": 0}
    found = outcomes(decimal, value, type_name="numeric", precision=4, scale=0)
    assert {str(int(float(number))) for number in found} == expected


def test_noise_of_a_small_fraction_depends_on_the_salt() -> None:
    """Where it would not move it goes up or down."""
    found = outcomes({"action": "noise", "ratio": 0.01}, "0.10", type_name="numeric")
    assert {float(number) for number in found} == {0.09, 0.11}


def test_a_rare_character_alone_is_encrypted_by_the_key() -> None:
    """Its set is large enough for FF1, which needs two characters: it became its successor."""
    found = outcomes({"action": "fpe"}, "\x01")
    assert len(found) == len(SALTS)


@pytest.mark.parametrize(
    ("action", "shape"),
    [
        ({"action": "hash"}, {"type_name": "yes_no", "labels": ("yes", "no")}),
        ({"action": "hmac_hash"}, {"type_name": "yes_no", "labels": ("yes", "no")}),
        ({"action": "fpe", "alphabet": "MF"}, {}),
        ({"action": "noise", "amount": 1, "minimum": 0, "maximum": 1}, {"type_name": "int4"}),
    ],
)
def test_a_mask_of_one_outcome_is_refused(action: dict[str, Any], shape: dict[str, Any]) -> None:
    """It would be the same under every salt, and so could be undone without it."""
    with pytest.raises(Unbindable, match="1 possible outcome"):
        bind(ACTIONS.validate_python(action), Shape(**shape), Keys.of(b"s" * 32, b"p" * 32))


def test_a_label_of_three_has_a_choice() -> None:
    """Either of the other two."""
    shape = {"type_name": "size", "labels": ("s", "m", "l")}
    assert outcomes({"action": "hash"}, "s", **shape) == {"m", "l"}


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        ({"to": "day"}, {"type_name": "date"}),
        ({"step": 1}, {"type_name": "int8"}),
        ({"step": 0.01}, {"type_name": "numeric", "precision": 8, "scale": 2}),
        ({"step": 0.001}, {"type_name": "numeric", "precision": 8, "scale": 2}),
    ],
)
def test_what_makes_nothing_coarser_is_refused(rule: dict[str, Any], shape: dict[str, Any]) -> None:
    """Every value is its own day, and its own multiple of one."""
    with pytest.raises(Unbindable, match="would stay as it is"):
        bind(ACTIONS.validate_python({"action": "generalize", **rule}), Shape(**shape), SALTS[0])


def test_one_step_more_makes_it_coarser() -> None:
    """Two of the smallest steps, and a week, are taken."""
    for rule, shape in (
        ({"to": "week"}, {"type_name": "date"}),
        ({"to": "day"}, {"type_name": "timestamp"}),
        ({"step": 2}, {"type_name": "int8"}),
        ({"step": 0.02}, {"type_name": "numeric", "precision": 8, "scale": 2}),
        ({"step": 0.01}, {"type_name": "numeric"}),
    ):
        assert bind(
            ACTIONS.validate_python({"action": "generalize", **rule}), Shape(**shape), SALTS[0]
        )
