"""Calls the compiled loops between the binary form of numerics and their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import binary_buffers, bytes_of_texts, text_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]

# Of a packed numeric: its head, and two groups that are not full.
MOST_AROUND = 16

declare(
    {
        "measure_numerics": (COUNT, (AT, AT, COUNT)),
        "write_numerics": (None, (AT, AT, COUNT, AT, AT)),
        "pack_numerics": (COUNT, (AT, AT, COUNT, AT, AT, AT)),
    }
)


def numeric_texts(values: pa.BinaryArray) -> pa.LargeStringArray:
    """Numerics as text, each with as many digits behind the point as it was given."""
    places = *binary_buffers(values), len(values)
    size = called().measure_numerics(*places)
    if size < 0:
        raise ValueError("a numeric is shorter than what it says")
    out, offsets = np.empty(size, np.uint8), np.empty(len(values) + 1, np.int64)
    called().write_numerics(*places, *at(out, offsets))
    return texts_from(offsets, out[: offsets[-1]].tobytes())


def packed_numerics(texts: pa.LargeStringArray) -> tuple[pa.BinaryArray, Flags]:
    """Plain decimals in binary form, and which were left out: those of another form."""
    count = len(texts)
    out = np.empty(len(bytes_of_texts(texts)) // 2 + MOST_AROUND * count, np.uint8)
    offsets, is_left = np.empty(count + 1, np.int32), np.empty(count, np.uint8)
    size = called().pack_numerics(*text_buffers(texts), count, *at(out, offsets, is_left))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(out[:size].tobytes())]
    return pa.Array.from_buffers(pa.binary(), count, buffers), is_left.view(bool)
