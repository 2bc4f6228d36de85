"""The compiled search, the search in Python and a brute-force reading of the rules agree."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privaci_core.compiled import search
from privaci_core.prove.search.forms import Class, Mark
from privaci_core.prove.search.row_texts import Written
from privaci_core.prove.search.slow_search import SlowFingerprints, SlowTally, SlowTypes
from privaci_core.prove.search.words import fold_table, has_escapes, words_of

pytestmark = pytest.mark.unit

# Few words, so that originals and texts have them in common.
WORDS = (
    *("Nimue", "QUILLFEATHER", "Jos\u00e9", "Jose\u0301", "anna", "Schmidt", "monday", "o", "Ms"),
    *("078", "05", "1120", "12", "3456789", "2001", "de89", "x7", "AB12CD34EF56", "\u738b\u5c0f"),
    *("550e8400", "e29b", "41d4", "a716", "446655440000", "19800228"),
)
BETWEEN = (" ", ", ", "-", ".", "@", "", "    ", "\n", "\u2019", "\\", "\ufffd", '"', "\U0001f600")
# What stands for another letter, and what only looks like it.
ESCAPES = (
    *(
        "\\n",
        "\\u00e9",
        "\\\\u0040",
        "\\u0000",
        "\\x",
        "%40",
        "%2B",
        "%C3%A9",
        "%C3",
        "%00",
        "%E0%80%81",
    ),
    *(
        "&nbsp;",
        "&#39;",
        "&#xE9;",
        "&eacute;",
        "&x;",
        "&#0;",
        "&#1234567;",
        "%E7%8E%8B",
        "&amp",
        "50%",
    ),
)
texts = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN + ESCAPES)), max_size=9
).map(lambda pieces: "".join(word + between for word, between in pieces))
BOTH = ((search.Fingerprints, search.Tally), (SlowFingerprints, SlowTally))
ALL, SURE = 2, 1


def large(values: list[str]) -> pa.LargeStringArray:
    """A vector of texts."""
    return pa.array(values, pa.large_string())


def filled(kind: Any, originals: list[str], likeness: list[int]) -> Any:
    """Originals of two columns, ready for the search."""
    made = kind(fold_table(), 2, 1 << 16)
    made.mark_words(large(["Monday morning"]), Mark.EVERYDAY)
    made.mark_words(large(["Anna Schmidt"]), Mark.NAME_OF_FAKES)
    half = len(originals) // 2
    marks = np.array(likeness, np.uint8)
    made.add(0, large(originals[:half]), marks[:half])
    made.add(1, large(originals[half:]), marks[half:])
    return made, made.seal(np.zeros(2, np.uint8))


@given(st.lists(texts, max_size=8), st.lists(texts, max_size=4), st.data())
@settings(max_examples=300)
def test_both_searches_find_the_same(
    originals: list[str], searched: list[str], data: st.DataObject
) -> None:
    """In the same texts, of the same columns, with as many originals of each class."""
    likeness = [data.draw(st.integers(0, 3)) for _ in originals]
    found = []
    for kind, tally_kind in BOTH:
        made, classes = filled(kind, originals, likeness)
        for what in (ALL, SURE):
            tally = tally_kind(1, 2)
            for text in searched:
                made.search_text(text.encode(), tally, what)
            found.append((classes, tally.found.tolist(), tally.numbers.tolist(), tally.lengths))
    for fast, slow in zip(found[:2], found[2:], strict=True):
        assert fast[:3] == slow[:3]
        assert fast[3].tolist() == slow[3].tolist()


@given(texts, texts, texts)
def test_an_original_is_found_between_other_words(before: str, original: str, after: str) -> None:
    """Whatever is around it, in capitals too, unless it is one of those that are left out.

    Numbers are counted as they were meant: of `%401120` the digits behind the sign.
    """
    is_number = not any(word.has_letter for word in words_of(original))
    if is_number and has_escapes(original):
        return
    for kind, tally_kind in BOTH:
        made, classes = filled(kind, [original], [0])
        tally = tally_kind(1, 2)
        made.search_text(f"{before} | {original.upper()} | {after}".encode(), tally, ALL)
        is_searched = sum(classes[Class.EVERYWHERE : Class.TOO_SHORT])
        assert bool(tally.found.any() or tally.numbers.any()) >= bool(is_searched)


AS_ESCAPED = {
    "JSON": ("José Quillfeather", '{"name": "Jos\\u00e9 Quillfeather"}'),
    "JSON in JSON": ("José Quillfeather", r'{"body": "{\"who\": \"Jos\\\\u00e9 Quillfeather\"}"}'),
    "a line's end": ("nimue@corp.example", r'{"note": "Write to\nnimue@corp.example\tsoon"}'),
    "a number behind a tab": ("907-12-4411", r'{"note": "number\t907-12-4411"}'),
    "an address in an address": ("nimue@corp.example", "/reset?for=nimue%40corp.example&on=1"),
    "a telephone number": ("+1 459 555 0117", "/call?to=%2B1%20459%20555%200117"),
    "accents in an address": ("José Quillfeather", "/find?q=Jos%C3%A9%20Quillfeather"),
    "HTML": ("José Quillfeather", "Dear Jos&eacute;&nbsp;Quillfeather,"),
    "XML": ("José O'Quillfeather", "<to>Jos&#xE9; O&apos;Quillfeather</to>"),
    "a folder": ("quillon@corp.example", "C:\\nimue\\quillon@corp.example"),
    "a folder that begins with n": ("nimue@corp.example", "C:\\nimue@corp.example"),
}


@pytest.mark.parametrize("case", AS_ESCAPED)
def test_an_original_is_found_behind_escapes(case: str) -> None:
    """As documents, addresses and pages write it; a number is counted once."""
    original, text = AS_ESCAPED[case]
    for kind, tally_kind in BOTH:
        made, _ = filled(kind, [original], [0])
        tally = tally_kind(1, 2)
        made.search_text(text.encode(), tally, ALL)
        assert (tally.found.sum(), tally.numbers.sum()) in {(1, 0), (0, 1)}


def is_there(original: str, text: str) -> bool:
    """The rules by brute force: the words stand side by side, up to four in any order."""
    wanted, words = ([word.text for word in words_of(each)] for each in (original, text))
    places = range(len(words) - len(wanted) + 1)
    windows = [words[at : at + len(wanted)] for at in places]
    if len(wanted) <= 4:
        return sorted(wanted) in [sorted(window) for window in windows]
    return wanted in windows


@given(texts, texts)
def test_words_are_found_where_they_stand_side_by_side(original: str, text: str) -> None:
    """And nowhere else, but for numbers and codes, which may be joined."""
    if any(word.has_digit for word in words_of(original)) or has_escapes(text):
        return
    made, classes = filled(search.Fingerprints, [original], [0])
    tally = search.Tally(1, 2)
    made.search_text(text.encode(), tally, ALL)
    is_searched = sum(classes[Class.EVERYWHERE : Class.TOO_SHORT]) > 0
    assert bool(tally.found.any()) == (is_searched and is_there(original, text))


@pytest.mark.parametrize("ahead", range(50, 70))
def test_originals_are_found_in_long_texts_and_among_many(ahead: int) -> None:
    """However many words are before it, and whatever others were taken with it."""
    long = "Nimue Quillfeather of the house by the river"
    others = [f"Yseult Marchbanks{number} of Kestrel Bay" for number in range(ahead)]
    made, classes = filled(search.Fingerprints, [*others, long, *others], [0] * (2 * ahead + 1))
    assert sum(classes[Class.EVERYWHERE : Class.TOO_SHORT]) == ahead + 1
    tally = search.Tally(1, 2)
    made.search_text(f"{'word ' * ahead}{long}{' word' * ahead}".encode(), tally, ALL)
    assert tally.found.sum() == 1
    made.search_text(" ".join(others).encode(), tally, ALL)
    assert tally.hits == 1 + ahead


TYPES = [
    (25, Written.TEXT, 0),
    (114, Written.WITH_ESCAPES, 0),
    (17, Written.BYTES, 0),
    (23, Written.INTEGER, 0),
    (1700, Written.NUMERIC, 0),
    (1009, Written.ARRAY, 0),
    (2249, Written.COMPOSITE, 0),
    (3908, Written.RANGE, 25),
    (16400, Written.HSTORE, 0),
    (3614, Written.TSVECTOR, 0),
    (2950, Written.UUID, 0),
    (869, Written.ADDRESS, 0),
    (829, Written.HARDWARE_ADDRESS, 0),
    (16, Written.SKIPPED, 0),
]


def part(value: bytes | None) -> bytes:
    """A value behind its length."""
    return b"\xff\xff\xff\xff" if value is None else struct.pack(">i", len(value)) + value


def written(text: str) -> dict[int, bytes]:
    """A text within a value of each type that can contain one."""
    raw = text.encode()
    return {
        25: raw,
        114: raw,
        17: raw,
        1009: struct.pack(">iiIii", 1, 1, 25, 3, 1) + part(raw) + part(None) + part(b"A" * 70),
        2249: struct.pack(">iI", 2, 23) + part(b"\0\0\0\7") + struct.pack(">I", 25) + part(raw),
        3908: b"\2" + part(raw) + part(b"zzz"),
        16400: struct.pack(">i", 1) + part(b"key") + part(raw),
        3614: struct.pack(">i", 1) + raw.replace(b"\0", b"") + b"\0" + struct.pack(">HH", 1, 1),
    }


@given(st.lists(texts, min_size=1, max_size=4), st.lists(texts, min_size=1, max_size=3))
@settings(max_examples=100)
def test_both_searches_find_the_same_in_rows(originals: list[str], searched: list[str]) -> None:
    """Whatever type contains the text."""
    oids = list(written(""))
    columns = np.array([(oid, ALL, -1) for oid in oids], search.COLUMN)
    rows = [
        struct.pack(">h", len(oids)) + b"".join(map(part, written(text).values()))
        for text in searched
    ]
    given_rows = b"".join(rows), np.array([len(row) for row in rows], np.int64)
    found = []
    for (kind, tally_kind), types in zip(BOTH, (search.Types, SlowTypes), strict=True):
        made, _ = filled(kind, originals, [0] * len(originals))
        tally = tally_kind(len(oids), 2)
        made.search_rows(types(TYPES), columns, given_rows, tally, text=False)
        found.append((tally.found.tolist(), tally.numbers.tolist(), tally.lengths.tolist()))
    assert found[0] == found[1]


KEY = bytes.fromhex("550e8400e29b41d4a716446655440000")
SIXTEEN = bytes([3, 128, 0, 16]) + bytes.fromhex("20010db8000000000000000000abcdef")


@pytest.mark.parametrize(
    ("oid", "value", "original"),
    [
        (23, struct.pack(">i", -7654321), "7654321"),
        (1700, struct.pack(">hhhhhhh", 3, 1, 0, 2, 765, 4321, 5000), "7654321"),
        (2950, KEY, "{550E8400-E29B-41D4-A716-446655440000}"),
        (2950, KEY, "550e8400e29b41d4a716446655440000"),
        (869, bytes([2, 32, 0, 4, 10, 20, 130, 7]), "10.20.130.7"),
        (869, SIXTEEN, "2001:db8::ab:cdef"),
        (829, bytes.fromhex("08002bab02c3"), "08:00:2b:ab:02:c3"),
    ],
)  # fmt: skip
def test_values_that_are_no_text_are_found_by_how_they_are_printed(
    oid: int, value: bytes, original: str
) -> None:
    """Numbers, UUIDs and addresses."""
    row = struct.pack(">h", 1) + part(value)
    columns = np.array([(oid, ALL, -1)], search.COLUMN)
    for (kind, tally_kind), types in zip(BOTH, (search.Types, SlowTypes), strict=True):
        made, _ = filled(kind, [original], [0])
        tally = tally_kind(1, 2)
        given_row = row, np.array([len(row)], np.int64)
        made.search_rows(types(TYPES), columns, given_row, tally, text=False)
        assert tally.found.any() or tally.numbers.any()
