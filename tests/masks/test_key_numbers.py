"""Numbers that are keys: each becomes another of its sign and size, in every column alike."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from privaci_core.masks import Shape
from privaci_core.masks.keyed.numbers import Sizes, key_numbers, permuted_numbers

pytestmark = pytest.mark.unit

KEY = bytes(range(32))


def test_numbers_stay_in_their_interval() -> None:
    """A bound belongs to the interval above it."""
    sizes = Sizes.of(KEY, (0, 10, 100, 1000))
    asked = np.array([*range(30), 99, 100, 999], np.int64)
    found = sizes(asked)
    for before, after in zip(asked.tolist(), found.tolist(), strict=True):
        assert before != after
        assert sum(before >= bound for bound in (10, 100)) == sum(
            after >= bound for bound in (10, 100)
        )
    assert sorted(sizes(np.arange(10, dtype=np.int64)).tolist()) == list(range(10))
    assert sorted(sizes(np.arange(10, 100, dtype=np.int64)).tolist()) == list(range(10, 100))


@pytest.mark.parametrize(("highest", "lowest"), [(127, -128), (9, -9), (99, -99)])
def test_numbers_keep_their_sign(highest: int, lowest: int) -> None:
    """All of a small type: a permutation that moves all; zero trades places with a large number."""
    asked = list(range(lowest, highest + 1))
    mask = permuted_numbers(KEY, highest, lowest, highest)
    found = mask(pl.Series([str(number) for number in asked])).cast(pl.Int64).to_list()
    assert sorted(found) == asked
    for before, after in zip(asked, found, strict=True):
        assert before != after
        assert before == 0 or after == 0 or (before > 0) == (after > 0)
    partner = found[asked.index(0)]
    assert highest // 2 < partner <= highest
    assert 0 in found


@pytest.mark.parametrize("type_name", ["int2", "int4", "int8"])
def test_a_key_is_the_same_in_every_width(type_name: str) -> None:
    """A small number becomes the same in columns that a key links, whatever their types."""
    small = pl.Series(["0", "1", "-7", "32767", "-32768"])
    shape = Shape(type_name=type_name, narrowest="int2")
    assert key_numbers(shape, KEY)(small).to_list() == (
        key_numbers(Shape(type_name="int2"), KEY)(small).to_list()
    )
    edge = pl.Series([str(2 ** {"int2": 15, "int4": 31, "int8": 63}[type_name] - 1)])
    assert 0 < int(key_numbers(shape, KEY)(edge)[0]) < 2**63


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("12.30", r"\d{2,}\.\d\d"),
        ("-0.05", r"-\d+\.\d\d"),
        ("0.00", r"\d+\.\d\d"),
        ("5", r"\d+\.\d\d"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
    ],
)
def test_a_numeric_keeps_its_scale(value: str, form: str) -> None:
    """Digits stay behind the point; what is no number stays."""
    mask = key_numbers(Shape(type_name="numeric", precision=6, scale=2), KEY)
    (found,) = mask(pl.Series([value, "9.99"])).str.extract(f"^({form})$").head(1)
    assert found
    assert found != value or value in {"NaN", "Infinity"}
    (whole,) = key_numbers(Shape(type_name="numeric", precision=6, scale=0), KEY)(pl.Series(["7"]))
    assert "." not in whole


def test_numerics_of_any_spelling_are_one_number() -> None:
    """Zeros behind the point do not count."""
    mask = key_numbers(Shape(type_name="numeric", precision=6, scale=2), KEY)
    found = mask(pl.Series(["5", "5.0", "5.00", "05.00"]))
    assert found.n_unique() == 1
