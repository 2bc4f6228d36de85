"""The path of single huge rows of COPY binary, and the bytes of a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from stream.row_forms import BINARY

from privaci_core.stream.binary_rows import join_one, payload, split_one

if TYPE_CHECKING:
    from stream.row_forms import Table

pytestmark = pytest.mark.unit


@given(BINARY.tables())
def test_a_huge_row_takes_the_same_form(case: tuple[Table, int]) -> None:
    """The path of single huge rows cuts and writes exactly what the path of blocks does."""
    table, leading = case
    row = BINARY.on_the_wire(table[0])
    head, tail = split_one(row, leading)
    assert [None if field is None else bytes(field) for field in head] == table[0][:leading]
    assert b"".join(join_one(head, tail, len(table[0]))) == row


def test_payload_of_nothing_is_nothing() -> None:
    """A vector without values has no bytes."""
    assert bytes(payload(pa.array([], pa.binary()))) == b""
