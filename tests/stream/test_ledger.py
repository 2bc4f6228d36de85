"""The ledger of rows: its definition, its sums in any order and in parts, and what it finds."""

from __future__ import annotations

import hashlib
import random
import struct
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.compiled.ledgers import CompiledSums, compare_columns
from privaci_core.stream import ledger as ledgers
from privaci_core.stream.ledger import ColumnLedger, Layout, Ledger, Sums
from privaci_core.stream.ledger_vectors import VectorSums
from privaci_core.stream.tally import _compare_columns

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
MASK = (1 << 64) - 1
KINDS: tuple[Any, ...] = (CompiledSums, VectorSums)
values = st.none() | st.binary(max_size=70)
rows = st.lists(st.lists(values, min_size=3, max_size=3), max_size=8)


def mixed(a: int, b: int) -> int:
    """Both halves of a product of 128 bits, one XOR the other."""
    product = a * b
    return product & MASK ^ product >> 64


def word(octets: bytes) -> int:
    """The number that bytes are, the lowest first."""
    return int.from_bytes(octets, "little")


class ByTheBook:
    """The definition in docs/reference/ledger.md, one value after the other."""

    def __init__(self, key: bytes, columns: tuple[str, ...]) -> None:
        """The three words of the key, and one of each column."""
        digest = hashlib.blake2b(key=key, person=b"ledger key", digest_size=24).digest()
        self.words = [word(digest[at : at + 8]) for at in (0, 8, 16)]
        seeds = (
            hashlib.blake2b(name.encode(), key=key, person=b"ledger column", digest_size=8)
            for name in columns
        )
        self.seeds = [word(seed.digest()) for seed in seeds]

    def value(self, column: int, value: bytes | None) -> int:
        """The hash of one value."""
        first, second, third = self.words
        state, size = self.seeds[column], MASK if value is None else len(value)
        a, b = self.ends(value or b"")
        if value and len(value) > 16:
            at = 0
            while at + 16 < len(value):
                low, high = word(value[at : at + 8]), word(value[at + 8 : at + 16])
                state = mixed(low ^ first, high ^ state)
                at += 16
        return mixed(mixed(a ^ first, b ^ state) ^ second, size ^ third)

    def ends(self, value: bytes) -> tuple[int, int]:
        """Two words of a value's end; of a short one, they overlap."""
        if len(value) > 16:
            value = value[-16:]
        if len(value) >= 8:
            return word(value[:8]), word(value[-8:])
        if len(value) >= 4:
            return word(value[:4]), word(value[-4:])
        if not value:
            return 0, 0
        return value[0] << 16 | value[len(value) >> 1] << 8 | value[-1], 0

    def row(self, row: list[bytes | None]) -> int:
        """The hash of a whole row."""
        first, second, third = self.words
        total = sum(self.value(place, value) for place, value in enumerate(row)) & MASK
        return mixed(mixed(total ^ first, second) ^ total, third)


def binary(row: list[bytes | None]) -> bytes:
    """A row of COPY binary."""
    fields = (
        struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
        for value in row
    )
    return struct.pack(">h", len(row)) + b"".join(fields)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """With the compiled loops, and without."""
    monkeypatch.setattr(ledgers, "CompiledSums", request.param)
    return request.param


def summed(
    found: list[list[bytes | None]], columns: tuple[str, ...] = ("a", "b", "c"), **layout: Any
) -> Ledger:
    """The ledger of some rows."""
    sums = Sums(Layout(columns=columns, form="binary", **layout), KEY)
    sums.add(b"".join(map(binary, found)))
    return sums.ledger()


@given(found=rows)
def test_sums_are_those_of_the_definition(found: list[list[bytes | None]]) -> None:
    """Of every column and of whole rows, by big numbers, by loops and by vectors."""
    book = ByTheBook(KEY, ("a", "b", "c"))
    expected = [sum(book.value(place, row[place]) for row in found) & MASK for place in range(3)]
    whole = sum(map(book.row, found)) & MASK
    data = b"".join(map(binary, found))
    key, seeds = np.array(book.words, np.uint64), np.array(book.seeds, np.uint64)
    for kind in KINDS:
        sums = kind(key, seeds, np.zeros(3, np.uint8))
        sums.add_binary(data)
        assert (sums.rows, sums.whole, sums.sums.tolist()) == (len(found), whole, expected)
        assert list(sums.nulls) == [sum(row[place] is None for row in found) for place in range(3)]


@pytest.mark.usefixtures("kind")
def test_parts_add_up_in_any_order_of_rows_and_columns() -> None:
    """Chunks of a table, loaded side by side, and partitions whose columns stand in other order."""
    found: list[list[bytes | None]] = [
        [b"%d" % n, None if n % 3 else b"x", b"y" * n] for n in range(40)
    ]
    mixed_up = random.Random(7).sample(found, len(found))  # noqa: S311 - no secret
    whole = summed(found)
    assert summed(mixed_up) == whole
    assert summed(found[:13]) + summed(found[13:]) == whole
    turned = summed([[row[2], row[0], row[1]] for row in found], ("c", "a", "b"))
    assert turned.columns == whole.columns
    assert turned.whole == whole.whole
    assert whole - summed(found[13:]) == replace(summed(found[:13]))


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize(
    ("other", "columns", "whole"),
    [
        ([[b"1", b"ab"], [b"2", b"cd"]], set(), False),
        ([[b"2", b"ab"], [b"1", b"cd"]], set(), True),
        ([[b"1", b"ab"], [b"2", b"ce"]], {"b"}, True),
        ([[b"1", b"ab"], [b"2", None]], {"b"}, True),
        ([[b"1", b"ab"], [b"2", b""]], {"b"}, True),
        ([[b"1", b"ab"]], {"a", "b"}, True),
        ([[b"1", b"ab"], [b"2", b"cd"], [b"2", b"cd"]], {"a", "b"}, True),
        ([[b"1a", b"b"], [b"2", b"cd"]], {"a", "b"}, True),
    ],
)
def test_every_change_shows(other: Any, columns: set[str], whole: bool) -> None:  # noqa: FBT001
    """A value, a NULL, a lost or doubled row, and values that changed places between rows."""
    before = summed([[b"1", b"ab"], [b"2", b"cd"]], ("a", "b"))
    after = summed(other, ("a", "b"))
    assert {
        name for name in before.columns if before.columns[name] != after.columns[name]
    } == columns
    assert (before.whole != after.whole) == whole


def test_equal_values_of_two_columns_have_other_hashes() -> None:
    """Two columns that were exchanged in every row show."""
    found = summed([[b"same", b"same", None]])
    sums = [column.sum for column in found.columns.values()]
    assert len(set(sums)) == len(sums)
    another = Sums(Layout(columns=("a",), form="binary"), KEY[::-1])
    another.add(binary([b"same"]))
    assert another.ledger().columns["a"] != found.columns["a"]


@pytest.mark.usefixtures("kind")
def test_text_rows_are_summed_as_they_are_written() -> None:
    """Escapes stay; the sign of NULL counts, and an escaped backslash before an N is a value."""
    sums = Sums(Layout(columns=("a", "b"), form="text"), KEY)
    sums.add(b"one\\ttwo\t\\N\n\\\\N\t\n")
    sums.add(b"x\ty\n")
    sums_in_binary = Sums(Layout(columns=("a", "b"), form="binary"), KEY)
    for row in ([b"one\\ttwo", None], [b"\\\\N", b""], [b"x", b"y"]):
        sums_in_binary.add(binary(row))
    assert replace(sums.ledger(), form="binary") == sums_in_binary.ledger()


@pytest.mark.usefixtures("kind")
def test_line_breaks_before_a_document_do_not_count() -> None:
    """Postgres drops one of them each time it prints XML."""
    bare = summed([[b"<a/>\n", b"\n", None]], xml=frozenset({"a"}))
    assert summed([[b"\n\n<a/>\n", b"\n", None]], xml=frozenset({"a"})) == bare
    assert summed([[b"\n<a/>\n", b"\n", None]]) != bare
    sums = Sums(Layout(columns=("a",), form="text", xml=frozenset({"a"})), KEY)
    sums.add(b"\\n\\n<a/>\n<a/>\n")
    first, second = (Sums(Layout(columns=("a",), form="text"), KEY) for _ in range(2))
    first.add(b"<a/>\n")
    second.add(b"<a/>\n<a/>\n")
    assert sums.ledger() == second.ledger() != first.ledger()


@pytest.mark.usefixtures("kind")
def test_a_long_row_in_pieces_is_one_row() -> None:
    """A row whose masked values lie elsewhere has the sums of the same row in one piece."""
    row = [b"masked", None, b"tail" * 9]
    sums = Sums(Layout(columns=("a", "b", "c"), form="binary"), KEY)
    tail = binary(row[2:])[2:]
    sums.add_long_row(row[:2], memoryview(tail))
    assert sums.ledger() == summed([row])


@pytest.mark.parametrize(
    "broken", [b"\0", b"\0\2\0\0\0\0", b"\0\1\0\0\0\5abc", b"\0\1\xff\xff\xff\xfe", b"\0\1\0\0"]
)
def test_broken_rows_are_refused(broken: bytes) -> None:
    """Whatever a server sends: nothing is read beside it."""
    sums = Sums(Layout(columns=("a",), form="binary"), KEY)
    with pytest.raises(ValueError, match="a row"):
        sums.add(broken)
    with pytest.raises(ValueError, match="a row"):
        sums.add_long_row([b"x"], b"\0")


@pytest.mark.parametrize("broken", [b"one\ttwo\n", b"one", b"\n\n\t"])
def test_broken_text_rows_are_refused(broken: bytes) -> None:
    """More columns than the table has, or a row without an end."""
    with pytest.raises(ValueError, match="a row"):
        Sums(Layout(columns=("a",), form="text"), KEY).add(broken)


def test_a_ledger_survives_json() -> None:
    """A proof holds it; numbers of 64 bits are no numbers of JSON."""
    column = ColumnLedger(sum=MASK, nulls=2, changed=3, stayed={"NULL": 2, "partial": 1})
    found = Ledger(form="text", rows=6, whole=0xAB, columns={"email": column})
    assert Ledger.of_json(found.as_json()) == found
    assert found.as_json()["columns"]["email"]["sum"] == "f" * 16
    assert found.as_json()["whole"] == "0" * 14 + "ab"


def test_what_changed_and_what_stayed_adds_up() -> None:
    """By column and reason; a column that only one part has stays, and so does the form."""
    first = Ledger(
        form="text",
        rows=5,
        whole=MASK,
        columns={
            "email": ColumnLedger(sum=MASK, nulls=1, changed=3, stayed={"NULL": 1}),
            "id": ColumnLedger(sum=4, nulls=2),
        },
    )
    second = Ledger(
        form="text",
        rows=2,
        whole=2,
        columns={"email": ColumnLedger(sum=3, nulls=2, changed=1, stayed={"NULL": 2, "empty": 1})},
    )
    email = ColumnLedger(sum=2, nulls=3, changed=4, stayed={"NULL": 3, "empty": 1})
    expected = Ledger(form="text", rows=7, whole=1, columns={**first.columns, "email": email})
    assert first + second == expected
    assert second + first == expected
    assert Ledger() + first == first == first + Ledger()


pairs = st.lists(st.tuples(values, values | st.just(b"same"), st.booleans()), max_size=20)


@given(found=pairs, start=st.integers(0, 3))
def test_columns_are_compared_place_by_place(found: Any, start: int) -> None:
    """NULL in both, empty in both, equal; also where a vector begins inside its buffers."""
    before = [a for a, _, _ in found]
    after = [a if equal else b for a, b, equal in found]
    columns = (pa.array([b"x"] * start + side, pa.binary())[start:] for side in (before, after))
    counts = (
        sum(a is None and b is None for a, b in zip(before, after, strict=True)),
        sum(a == b == b"" for a, b in zip(before, after, strict=True)),
        sum(a == b and bool(a) for a, b in zip(before, after, strict=True)),
    )
    first, second = columns
    assert compare_columns(first, second) == _compare_columns(first, second) == counts


def test_ten_thousand_short_values_have_hashes_of_their_own() -> None:
    """Numbers, letters, and values of zeros that differ in their length alone."""
    book = ByTheBook(KEY, ("a",))
    found = [b"%d" % number for number in range(10_000)] + [bytes(size) for size in range(1, 40)]
    hashes = sorted(book.value(0, value) for value in found)
    assert all(first != second for first, second in pairwise(hashes))
