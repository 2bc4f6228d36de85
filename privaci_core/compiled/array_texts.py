"""Calls the compiled loops over arrays in the text form that Postgres prints."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import bytes_of_texts, text_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from privaci_core.compiled.loops import Letters, Positions

# An element takes two letters of its array, or it is the last one.
LETTERS_OF_AN_ELEMENT = 2
# An element at most doubles by escapes, and has two quotes or is NULL.
LONGEST_ESCAPE, MOST_AROUND = 2, 4

declare(
    {
        "find_elements": (COUNT, (AT, AT, COUNT, AT, AT)),
        "write_arrays": (COUNT, (AT, AT, COUNT, AT, AT, AT, AT, AT, AT, AT)),
    }
)


class _Elements(ctypes.Structure):
    _fields_ = (
        *((name, AT) for name in ("starts", "ends", "has_quotes", "has_escapes")),
        ("most", COUNT),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """The elements of arrays that are not NULL, in their order, quotes included."""

    starts: Positions
    ends: Positions
    has_quotes: Letters
    has_escapes: Letters
    # How many there are up to the end of each array.
    upto: Positions

    @property
    def struct(self) -> _Elements:
        """As the loops read them."""
        places = at(self.starts, self.ends, self.has_quotes, self.has_escapes)
        return _Elements(*places, len(self.starts))


def find_elements(arrays: pa.LargeStringArray) -> Elements:
    """Where the elements of arrays stand."""
    count = len(arrays)
    most = len(bytes_of_texts(arrays)) // LETTERS_OF_AN_ELEMENT + count
    found = Elements(
        starts=np.empty(most, np.int64),
        ends=np.empty(most, np.int64),
        has_quotes=np.empty(most, np.uint8),
        has_escapes=np.empty(most, np.uint8),
        upto=np.empty(count, np.int64),
    )
    places = ctypes.byref(found.struct), *at(found.upto)
    size = called().find_elements(*text_buffers(arrays), count, *places)
    if size < 0:
        raise ValueError("an array has more elements than its letters allow")
    return Elements(
        starts=found.starts[:size],
        ends=found.ends[:size],
        has_quotes=found.has_quotes[:size],
        has_escapes=found.has_escapes[:size],
        upto=found.upto,
    )


def write_arrays(
    arrays: pa.LargeStringArray,
    found: Elements,
    texts: pa.LargeStringArray,
    is_there: npt.NDArray[np.bool_],
) -> pa.LargeStringArray:
    """Put texts in the places of the elements; NULL where none is there."""
    count, inner = len(arrays), len(bytes_of_texts(texts))
    longest = len(bytes_of_texts(arrays)) + LONGEST_ESCAPE * inner + MOST_AROUND * len(texts)
    out, offsets = np.empty(longest, np.uint8), np.empty(count + 1, np.int64)
    size = called().write_arrays(
        *text_buffers(arrays),
        count,
        *at(found.upto),
        ctypes.byref(found.struct),
        *text_buffers(texts),
        *at(is_there, out, offsets),
    )
    return texts_from(offsets, out[:size].tobytes())
