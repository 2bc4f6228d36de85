"""The splitting and joining of rows: the loops give what the vectors give, in both forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream.row_forms import BINARY, TEXT

from privaci_core.stream import (
    binary_rows,
    binary_rows_compiled,
    text_rows,
    text_rows_compiled,
)

if TYPE_CHECKING:
    from types import ModuleType

    from stream.row_forms import Form

pytestmark = pytest.mark.unit
in_all_ways = pytest.mark.parametrize(
    ("way", "form"),
    [
        pytest.param(binary_rows, BINARY, id="binary-vectors"),
        pytest.param(binary_rows_compiled, BINARY, id="binary-compiled"),
        pytest.param(text_rows, TEXT, id="text-vectors"),
        pytest.param(text_rows_compiled, TEXT, id="text-compiled"),
    ],
)


@in_all_ways
@given(data=st.data())
def test_split_finds_the_leading_columns(way: ModuleType, form: Form, data: st.DataObject) -> None:
    """They come out as they went in, without escapes; NULL, empty and what looks like it differ."""
    table, leading = data.draw(form.tables())
    block = way.split(form.rows(table), leading)
    assert [column.to_pylist() for column in block.columns] == [
        list(column) for column in zip(*table, strict=True)
    ][:leading]


@in_all_ways
@given(data=st.data())
def test_join_undoes_split(way: ModuleType, form: Form, data: st.DataObject) -> None:
    """What nobody masked is written back bit for bit."""
    table, leading = data.draw(form.tables())
    rows = form.rows(table)
    assert bytes(way.join(way.split(rows, leading), len(table[0]))) == rows.buffer


@in_all_ways
@given(data=st.data(), start=st.integers(0, 3))
def test_join_writes_what_the_masks_gave(
    way: ModuleType, form: Form, data: st.DataObject, start: int
) -> None:
    """Replaced columns are escaped and stand before tails that did not change."""
    table, leading = data.draw(form.tables())
    size = len(table)
    masked = [
        data.draw(st.lists(form.fields, min_size=size, max_size=size)) for _ in range(leading)
    ]
    # A mask may hand back a part of a longer vector.
    columns = tuple(pa.array([b"\t"] * start + column, pa.binary())[start:] for column in masked)
    block = replace(way.split(form.rows(table), leading), columns=columns)
    expected = [
        [*new, *row[leading:]] for new, row in zip(zip(*masked, strict=True), table, strict=True)
    ]
    assert bytes(way.join(block, len(table[0]))) == form.rows(expected).buffer
