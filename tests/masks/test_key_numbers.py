"""Numbers that are keys: each becomes another of its sign and size, in every column alike."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from privaci_core.masks import Shape, Unbindable
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


@pytest.mark.parametrize("edge", [2**15, 2**31])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_stays_in_its_integer_type(edge: int, sign: int) -> None:
    """The least number that a type cannot hold becomes no number that it can, and no other way."""
    # A type holds one negative number more than positive ones.
    first = edge if sign > 0 else edge + 1
    fits = [sign * (first - 1 - place) for place in range(40)]
    above = [sign * (first + place) for place in range(40)]
    mask = key_numbers(Shape(type_name="int8"), KEY)
    found = mask(pl.Series([*map(str, fits), *map(str, above)])).cast(pl.Int64)
    inside = found.is_between(-edge, edge - 1).to_list()
    assert inside == [True] * 40 + [False] * 40


def test_the_largest_number_moves() -> None:
    """Also where it alone is beyond a type: an interval of one number would leave it unchanged."""
    for edge in (2**15, 2**31):
        mask = permuted_numbers(KEY, edge, -edge, edge)
        found = mask(pl.Series([str(edge), str(-edge)])).cast(pl.Int64).to_list()
        assert 0 < found[0] < edge
        assert -edge < found[1] < 0


@pytest.mark.parametrize(
    ("highest", "narrowest", "found"),
    [
        (127, 127, ["93", "83", "-6", "8"]),
        (2**15 - 1, 2**15 - 1, ["18804", "1737", "-7354", "30842"]),
        (2**63 - 1, 2**31 - 1, ["2079781356", "1737", "-7354", "30842"]),
    ],
)
def test_a_number_becomes_the_same_in_every_release(
    highest: int, narrowest: int, found: list[str]
) -> None:
    """Recorded: zero's partner, and numbers of each sign."""
    mask = permuted_numbers(KEY, highest, -highest - 1, narrowest)
    assert mask(pl.Series(["0", "1", "-1", "100"])).to_list() == found


def test_zero_fits_every_linked_column() -> None:
    """Its partner is below the bounds of the column itself and of the narrowest linked one."""
    zero = pl.Series(["0"])
    (small,) = key_numbers(Shape(type_name="numeric", precision=2, scale=0), KEY)(zero)
    assert 49 < int(small) <= 99
    linked = Shape(type_name="numeric", precision=18, scale=0, narrowest="int2")
    assert int(key_numbers(linked, KEY)(zero)[0]) <= 2**15 - 1
    (alone,) = key_numbers(Shape(type_name="int8"), KEY)(zero)
    assert int(alone) > 2**62


@pytest.mark.parametrize(
    ("precision", "scale", "fits"), [(18, 0, True), (19, 0, False), (5, -1, False), (5, None, True)]
)
def test_a_numeric_must_fit_a_word(precision: int, scale: int | None, fits: bool) -> None:  # noqa: FBT001
    """At most eighteen digits, none of them cut off before the point."""
    shape = Shape(type_name="numeric", precision=precision, scale=scale)
    if fits:
        values = pl.Series(["9" * precision, "-1"])
        found = key_numbers(shape, KEY)(values).to_list()
        assert re.fullmatch(r"[1-9]\d*", found[0])
        assert re.fullmatch(r"-[1-9]\d*", found[1])
    else:
        with pytest.raises(Unbindable, match="more than 18 digits"):
            key_numbers(shape, KEY)


def test_all_of_a_small_integer_type() -> None:
    """A permutation of all that it holds."""
    asked = [str(number) for number in range(-(2**15), 2**15)]
    found = key_numbers(Shape(type_name="int2"), KEY)(pl.Series(asked))
    assert found.n_unique() == len(asked)
    assert set(found.to_list()) == set(asked)


@pytest.mark.parametrize(("precision", "scale"), [(2, 1), (2, 2), (2, 0), (2, None)])
def test_all_of_a_small_numeric(precision: int, scale: int | None) -> None:
    """A permutation of all that it holds, as Postgres writes them."""
    digits = scale or 0
    form = f"{{:.{digits}f}}"
    asked = [form.format(number / 10**digits) for number in range(1 - 10**precision, 10**precision)]
    shape = Shape(type_name="numeric", precision=precision, scale=scale)
    found = key_numbers(shape, KEY)(pl.Series(asked))
    assert found.n_unique() == len(asked)
    assert set(found.to_list()) == set(asked)
