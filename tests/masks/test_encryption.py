"""Format-preserving encryption: form, length and other characters stay, no value does."""

from __future__ import annotations

import polars as pl
import pytest

from privaci_core.masks import Shape
from privaci_core.masks.keyed.format_preserving import encrypt, fpe

pytestmark = pytest.mark.unit

KEY = bytes(range(32))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 18, 19, 20, 33, 34, 40, 61])
def test_encryption_keeps_the_form(count: int) -> None:
    """Of every length, by a table, FF1 or limbs: form kept, injective, no value left."""
    values = sorted({f"{n:0{count}d}"[-count:] for n in range(200)} | {"9" * count})
    found = encrypt("0123456789", KEY)(pl.Series(values)).to_list()
    assert all(len(text) == count and text.isdecimal() for text in found)
    assert len(set(found)) == len(values)
    assert all(before != after for before, after in zip(values, found, strict=True))


def test_encryption_of_all_short_values() -> None:
    """A permutation of the whole domain, for one, two and three letters."""
    for count in (1, 2, 3):
        values = [f"{n:0{count}d}" for n in range(10**count)]
        found = encrypt("0123456789", KEY)(pl.Series(values)).to_list()
        assert sorted(found) == values
        assert all(before != after for before, after in zip(values, found, strict=True))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("ab-12-é", [0, 1, 2, 5, 6]),
        ("--", []),
        ("~", []),
        ("é", []),
        ("\u00a0", []),
        ("\ud7ff", []),
        ("\x01", []),
        ("\U0001f600", []),
        ("é ", [0]),
        ("\x7fé", [0]),
    ],
)
def test_other_characters_stay(value: str, kept: list[int]) -> None:
    """A value without a letter of the alphabet is encrypted over what it has instead."""
    (found,) = encrypt("0123456789", KEY)(pl.Series([value]))
    assert len(found) == len(value)
    assert [place for place, (a, b) in enumerate(zip(value, found, strict=True)) if a == b] == kept


def test_encryption_of_a_mixed_vector() -> None:
    """Each value gives what it gives alone, whatever the bytes of its neighbours."""
    values = ["é1", "", "12", "x", "\U0001f6007", "123456", "€"]
    values.remove("")
    mask = encrypt("0123456789", KEY)
    together = mask(pl.Series(values)).to_list()
    assert together == [mask(pl.Series([value]))[0] for value in values]


def test_types_that_are_encrypted() -> None:
    """Hexadecimal digits in a uuid, numbers as numbers, text by its letters."""
    (uuid,) = fpe("0123456789", Shape(type_name="uuid"), KEY)(
        pl.Series(["aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"])
    )
    assert [len(part) for part in uuid.split("-")] == [8, 4, 4, 4, 12]
    assert int(uuid.replace("-", ""), 16) != int("aaaaaaaabbbb4ccc8dddeeeeeeeeeeee", 16)
    (number,) = fpe("0123456789", Shape(type_name="int4"), KEY)(pl.Series(["1000"]))
    assert not number.startswith("0")
    letters = "ABab"
    assert fpe(letters, Shape(type_name="citext"), KEY)
    assert fpe(letters, Shape(unique=True), KEY)
    assert fpe("ab", Shape(type_name="citext", unique=True), KEY)
