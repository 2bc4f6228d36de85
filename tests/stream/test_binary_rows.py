"""The splitting and joining of COPY binary rows, over rows made up by hypothesis."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.stream import binary_rows, binary_rows_compiled
from privaci_core.stream.binary_rows import Rows, join_one, payload, split_one

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.unit
# The two that split and join blocks of rows: both must say the same.
both_ways = pytest.mark.parametrize(
    "way", [binary_rows, binary_rows_compiled], ids=["vectors", "compiled"]
)

fields = st.none() | st.binary(max_size=40)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[bytes | None]], int]:
    """Rows of equal width, and how many of their leading fields are to be split off."""
    width = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(fields, min_size=width, max_size=width), min_size=1, max_size=20))
    return rows, draw(st.integers(1, width))


def on_the_wire(row: list[bytes | None]) -> bytes:
    """One row as COPY binary writes it."""
    parts = [
        struct.pack(">i", -1) if field is None else struct.pack(">i", len(field)) + field
        for field in row
    ]
    return struct.pack(">h", len(row)) + b"".join(parts)


def as_rows(table: list[list[bytes | None]]) -> Rows:
    """A block of rows as the reader hands it over."""
    messages = [on_the_wire(row) for row in table]
    return Rows(b"".join(messages), np.array([len(message) for message in messages]))


@both_ways
@given(case=tables())
def test_split_finds_the_leading_columns(
    way: ModuleType, case: tuple[list[list[bytes | None]], int]
) -> None:
    """Every leading column comes out as the values that went in, NULL and empty kept apart."""
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
    """Replaced columns stand before tails that did not change."""
    table, leading = case
    masked = [
        data.draw(st.lists(fields, min_size=len(table), max_size=len(table)))
        for _ in range(leading)
    ]
    # A mask may hand back a part of a longer vector.
    columns = tuple(
        pa.array([b"before"] * start + column, pa.binary())[start:] for column in masked
    )
    joined = way.join(replace(way.split(as_rows(table), leading), columns=columns), len(table[0]))
    expected = [
        [*new, *row[leading:]] for new, row in zip(zip(*masked, strict=True), table, strict=True)
    ]
    assert bytes(joined) == as_rows(expected).buffer


@given(tables())
def test_a_huge_row_takes_the_same_form(case: tuple[list[list[bytes | None]], int]) -> None:
    """The path of single huge rows cuts and writes exactly what the path of blocks does."""
    table, leading = case
    row = on_the_wire(table[0])
    head, tail = split_one(row, leading)
    assert [None if field is None else bytes(field) for field in head] == table[0][:leading]
    assert b"".join(join_one(head, tail, len(table[0]))) == row


def test_payload_of_nothing_is_nothing() -> None:
    """A vector without values has no bytes."""
    assert bytes(payload(pa.array([], pa.binary()))) == b""
