"""Keyed functions: digests, permutations and encryption, over small domains and at their edges."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import polars as pl
import pytest

from privaci_core.compiled import loops
from privaci_core.masks import Shape
from privaci_core.masks.keyed.digest import CODE_LENGTH, DigestWords, decimal_digits, digest
from privaci_core.masks.keyed.ff1 import holds
from privaci_core.masks.keyed.format_preserving import encrypt, fpe
from privaci_core.masks.keyed.numbers import Sizes, key_numbers, permuted_numbers
from privaci_core.masks.keyed.permute import LARGEST_TABLE, SLICE, permutation, permute_limbs
from privaci_core.masks.keyed.siphash import siphash

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
HEX_KEY = KEY.hex()
VALUES = pl.Series(["ann", "bob", "ünï"])


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """A vector of words."""
    return np.array(values, np.uint64)


def test_siphash_of_the_reference() -> None:
    """The vectors of its authors for inputs of 8 and 16 bytes, under the key 00 01 .. 0f."""
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    words = [int.from_bytes(bytes(range(start, start + 8)), "little") for start in (0, 8)]
    with np.errstate(over="ignore"):
        found = [int(siphash(key, [numbers(word) for word in words[:n]])[0]) for n in (1, 2)]
    assert found == [0x93F5F5799A932462, 0x3F2ACC7F57C29BDB]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_digest_is_an_hmac(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Of the value's bytes under the key's hexadecimal digits; NULL stays."""
    monkeypatch.setattr(loops, "LOADED", compiled and loops.LOADED)
    expected = [
        hmac.new(HEX_KEY.encode(), value.encode(), hashlib.sha256).hexdigest() for value in VALUES
    ]
    assert digest(VALUES, HEX_KEY).to_list() == expected
    with_null = pl.Series(["ann", None])
    assert digest(with_null, HEX_KEY).to_list() == [expected[0], None]
    words = DigestWords.of(VALUES, HEX_KEY).words
    assert words.shape == (3, 4)
    assert [f"{word:016x}" for word in words[0].tolist()] == [
        expected[0][start : start + 16] for start in range(0, 64, 16)
    ]
    assert len(DigestWords.of(VALUES.head(0), HEX_KEY).words) == 0


def test_what_is_cut_out_of_a_digest() -> None:
    """Numbers, digits, letters and codes, each from a word of its own."""
    words = np.array([[5, 1234, 26**2 + 2, 33], [17, 99, 27, 2**64 - 1]], np.uint64)
    drawn = DigestWords(words)
    assert drawn.below(4, 0).tolist() == [1, 1]
    assert drawn.pick(pl.Series(["a", "b", "c"])).to_list() == ["c", "c"]
    assert drawn.pick(pl.Series(["a", "b", "c"]), 1).to_list() == ["b", "a"]
    assert [bytes(row) for row in drawn.digits(3)] == [b"234", b"099"]
    assert [bytes(row) for row in drawn.digits(2, 3)] == [b"33", b"15"]
    alphabet = b"abcdefghijklmnopqrstuvwxyz"
    assert [bytes(row) for row in drawn.letters(alphabet, 3)] == [b"cab", b"bba"]
    assert drawn.code().to_list() == ["bb" + "a" * 11, "9" * 12 + "r"]
    assert CODE_LENGTH == 13


@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_as_digits(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """With zeros in front, up to nineteen digits."""
    monkeypatch.setattr(loops, "LOADED", compiled and loops.LOADED)
    found = decimal_digits(numbers(0, 7, 10**18 + 1), 19)
    assert [bytes(row) for row in found] == [b"0" * 19, b"0" * 18 + b"7", b"1" + b"0" * 17 + b"1"]


@pytest.mark.parametrize("size", [2, 3, 10, 256, LARGEST_TABLE, LARGEST_TABLE + 1, 100_003])
def test_a_permutation_leaves_no_number(size: int) -> None:
    """Every number once, none to itself, in a table or a network."""
    found = permutation(KEY, size)(np.arange(size, dtype=np.uint64))
    assert np.array_equal(np.sort(found), np.arange(size))
    assert not (found == np.arange(size)).any()
    other = permutation(KEY[::-1], size)(np.arange(size, dtype=np.uint64))
    assert size == 2 or not np.array_equal(found, other)


@pytest.mark.parametrize("size", [2**20, 10**12, 2**63 - 1, 2**63])
def test_a_large_permutation_stays_below_its_size(size: int) -> None:
    """At both ends and between, whatever stands beside a number in the vector."""
    asked = numbers(0, 1, size // 2, size - 2, size - 1)
    found = permutation(KEY, size)(asked)
    assert (found < size).all()
    assert not (found == asked).any()
    assert len(set(found.tolist())) == len(asked)
    alone = [int(permutation(KEY, size)(asked[n : n + 1])[0]) for n in range(5)]
    assert found.tolist() == alone


def test_a_permutation_of_a_long_vector() -> None:
    """Slices end where the next begins; an empty vector stays empty."""
    permute = permutation(KEY, 10**9)
    asked = np.arange(SLICE + 3, dtype=np.uint64)
    found = permute(asked)
    assert len(set(found.tolist())) == SLICE + 3
    assert found[SLICE] == permute(asked[SLICE:])[0]
    assert len(permute(asked[:0])) == 0


def test_rows_of_numbers_are_permuted() -> None:
    """Injective over all rows, none to itself, each number below its modulus."""
    left, right = (5, 3), (4,)
    rows = np.array([(a, b, c) for a in range(5) for b in range(3) for c in range(4)], np.uint64)
    limbs = permute_limbs(KEY, left, right)([rows[:, place] for place in range(3)])
    found = {tuple(int(limb[n]) for limb in limbs) for n in range(len(rows))}
    assert found == {tuple(row) for row in rows.tolist()}
    moved = [tuple(int(limb[n]) for limb in limbs) for n in range(len(rows))]
    assert all(after != tuple(before) for after, before in zip(moved, rows.tolist(), strict=True))


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


def test_what_ff1_takes() -> None:
    """A domain of a million, and halves of at most 56 bits."""
    assert [holds(10, count) for count in (5, 6, 33, 34)] == [False, True, False, False]
    assert [holds(2, count) for count in (19, 20, 112, 113)] == [False, True, True, False]
    assert [holds(1000, count) for count in (1, 2)] == [False, True]
