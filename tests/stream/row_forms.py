"""Rows made up by hypothesis, as COPY binary and COPY text write them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from privaci_core.stream import text_rows
from privaci_core.stream.binary_rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

Field = bytes | None
Table = list[list[Field]]


@dataclass(frozen=True)
class Form:
    """A form of COPY: what its fields may hold, and how it writes a row."""

    fields: st.SearchStrategy[Field]
    on_the_wire: Callable[[list[Field]], bytes]

    def rows(self, table: Table) -> Rows:
        """A block of rows as the reader hands it over."""
        messages = [self.on_the_wire(row) for row in table]
        return Rows(b"".join(messages), np.array([len(message) for message in messages]))

    def tables(self) -> st.SearchStrategy[tuple[Table, int]]:
        """Rows of equal width, and how many of their leading fields are to be split off."""
        return st.integers(1, 6).flatmap(
            lambda width: st.tuples(
                st.lists(
                    st.lists(self.fields, min_size=width, max_size=width), min_size=1, max_size=20
                ),
                st.integers(1, width),
            )
        )


def _in_binary(row: list[Field]) -> bytes:
    parts = [
        struct.pack(">i", -1) if field is None else struct.pack(">i", len(field)) + field
        for field in row
    ]
    return struct.pack(">h", len(row)) + b"".join(parts)


def _in_text(row: list[Field]) -> bytes:
    return b"\t".join(map(_escaped, row)) + b"\n"


def _escaped(field: Field) -> bytes:
    if field is None:
        return b"\\N"
    escaped = field.decode()
    for written, letter in text_rows.ESCAPED.items():
        escaped = escaped.replace(letter, written) if letter == "\\" else escaped
    for written, letter in text_rows.ESCAPED.items():
        escaped = escaped if letter == "\\" else escaped.replace(letter, written)
    return escaped.encode()


# All that COPY text escapes, and what looks like its NULL.
LETTERS = "ab\b\f\n\r\t\v\\N\u00e4"
BINARY = Form(st.none() | st.binary(max_size=40), _in_binary)
TEXT = Form(st.none() | st.text(LETTERS, max_size=12).map(str.encode), _in_text)
