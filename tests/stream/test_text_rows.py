"""The splitting and joining of COPY text rows: the loops give what the vectors give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.stream import mask_rows, text_rows, text_rows_compiled
from privaci_core.stream.binary_rows import Rows

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.unit
both_ways = pytest.mark.parametrize(
    "way", [text_rows, text_rows_compiled], ids=["vectors", "compiled"]
)

# All that COPY escapes, and what looks like its NULL.
LETTERS = "ab\b\f\n\r\t\v\\Nä"
fields = st.none() | st.text(LETTERS, max_size=12).map(str.encode)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[bytes | None]], int]:
    """Rows of equal width, and how many of their leading fields are to be split off."""
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(fields, min_size=width, max_size=width), min_size=1, max_size=20))
    return rows, draw(st.integers(1, width))


def on_the_wire(field: bytes | None) -> bytes:
    """One field as COPY text writes it."""
    if field is None:
        return b"\\N"
    escaped = field.decode()
    for written, letter in text_rows.ESCAPED.items():
        escaped = escaped.replace(letter, written) if letter == "\\" else escaped
    for written, letter in text_rows.ESCAPED.items():
        escaped = escaped if letter == "\\" else escaped.replace(letter, written)
    return escaped.encode()


def as_rows(table: list[list[bytes | None]]) -> Rows:
    """A block of rows as the reader hands it over."""
    messages = [b"\t".join(map(on_the_wire, row)) + b"\n" for row in table]
    return Rows(b"".join(messages), np.array([len(message) for message in messages]))


def test_blocks_of_text_are_cut_by_loops() -> None:
    """The way that a stream takes if the loops are there."""
    assert mask_rows.wire_of("text") is text_rows_compiled


@both_ways
@given(case=tables())
def test_split_finds_the_leading_columns(
    way: ModuleType, case: tuple[list[list[bytes | None]], int]
) -> None:
    """The values come out without escapes; NULL and what is spelled like it differ."""
    table, leading = case
    block = way.split(as_rows(table), leading)
    assert [column.to_pylist() for column in block.columns] == [
        list(column) for column in zip(*table, strict=True)
    ][:leading]


@both_ways
@given(case=tables())
def test_join_undoes_split(way: ModuleType, case: tuple[list[list[bytes | None]], int]) -> None:
    """What nobody masked is written back bit for bit."""
    table, leading = case
    rows = as_rows(table)
    assert bytes(way.join(way.split(rows, leading), len(table[0]))) == rows.buffer


@both_ways
@given(case=tables(), data=st.data(), start=st.integers(0, 3))
def test_join_writes_what_the_masks_gave(
    way: ModuleType, case: tuple[list[list[bytes | None]], int], data: st.DataObject, start: int
) -> None:
    """Replaced columns are escaped and stand before tails that did not change."""
    table, leading = case
    size = len(table)
    masked = [data.draw(st.lists(fields, min_size=size, max_size=size)) for _ in range(leading)]
    # A mask may hand back a part of a longer vector.
    columns = tuple(pa.array([b"\t"] * start + column, pa.binary())[start:] for column in masked)
    joined = way.join(replace(way.split(as_rows(table), leading), columns=columns), len(table[0]))
    expected = [
        [*new, *row[leading:]] for new, row in zip(zip(*masked, strict=True), table, strict=True)
    ]
    assert bytes(joined) == as_rows(expected).buffer


def test_a_row_of_too_few_fields_is_refused() -> None:
    """Two fields where three are to be masked."""
    with pytest.raises(ValueError, match="shorter than"):
        text_rows_compiled.split(Rows(b"a\tb\n", np.array([4])), 3)
