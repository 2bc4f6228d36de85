"""Format-preserving encryption: form, length and other characters stay, no value does."""

from __future__ import annotations

import polars as pl
import pytest

from privaci_core.masks import Shape, Unbindable
from privaci_core.masks.keyed.format_preserving import encrypt, fpe

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
LETTERS = "abcdefghijklmnopqrstuvwxyz"


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
    assert fpe("abc", Shape(type_name="citext", unique=True), KEY)


@pytest.mark.parametrize(
    ("alphabet", "value", "found"),
    [
        ("0123456789", "42", "84"),
        ("0123456789", "0000000", "0075662"),
        ("0123456789", "1234567", "1166920"),
        ("0123456789", "7654321", "5835626"),
        ("0123456789", "5555555", "9357093"),
        ("0123456789", "7" * 40, "1688421590097492262295252862227880896376"),
        (f"0123456789{LETTERS}", "z" * 40, "avpwen82dc2w95er7c1n7yqge0ejeg15jf6c7sw3"),
        (LETTERS, "abc", "wzn"),
        # Numbers of a radix of two fill a word to its last bit but one.
        (
            "ab",
            "ab" * 70,
            (
                "baaababbabaabbbabaabbbbaaaaaaabbbbbabbbaaaabaababbbbabbbbbaaaabaaabbbabbba"
                "baabaabbbbabaaabaaabbbaabbabbabbbbaaaabbabaabbbaababaaabbbaaaabbbb"
            ),
        ),
    ],
)
def test_a_text_becomes_the_same_in_every_release(alphabet: str, value: str, found: str) -> None:
    """Recorded: of a table, of FF1, and of words in a row."""
    assert encrypt(alphabet, KEY)(pl.Series([value])).to_list() == [found]


def test_the_first_and_last_characters_of_each_set() -> None:
    """Recorded: each belongs to printable ASCII, to what lies beyond it, or to the rest."""
    recorded = {
        " ": "B",
        "~": ")",
        "\u00a0": "\u3c68",
        "\ud7ff": "\u489a",
        "\x01\x01": "\U000d0642\U000baf07",
        "\x1f\x1f": "\U000d138f\U00040dab",
        "\x7f\x7f": "\U00104c86\U000b4bd3",
        "\x9f\x9f": "\U0003a5e3\U000590b4",
        "\ue000\ue000": "\U00078a43\U00068aef",
        "\U0010ffff\U0010ffff": "\U000f7d93\U001076ca",
    }
    found = encrypt("0123456789", KEY)(pl.Series(list(recorded)))
    assert found.to_list() == list(recorded.values())


def test_characters_of_every_width_stay_between_letters() -> None:
    """The first and the last one of each number of bytes in UTF-8."""
    others = ["\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff"]
    values = [f"7{other}7" for other in others]
    found = encrypt("0123456789", KEY)(pl.Series(values)).to_list()
    assert [text[1] for text in found] == others
    assert len({text[0] + text[2] for text in found}) == 1
    assert all(len(text) == 3 and text[0].isdecimal() for text in found)


@pytest.mark.parametrize(
    ("characters", "shape", "why"),
    [
        ("0123", Shape(type_name="date"), "a date cannot be encrypted in its form"),
        ("aA", Shape(type_name="citext", unique=True), "does not stay unique in citext"),
    ],
)
def test_what_is_not_encrypted(characters: str, shape: Shape, why: str) -> None:
    """A form that encryption cannot keep, and letters that citext takes for the same."""
    with pytest.raises(Unbindable, match=why):
        fpe(characters, shape, KEY)
