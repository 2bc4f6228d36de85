"""Calls the compiled loops that print and read IPv4 addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import binary_buffers, text_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt

# `255.255.255.255`
ADDRESS_LETTERS = 15
# Of an IPv4 address in COPY binary.
ADDRESS_BYTES = 8

declare(
    {
        "write_addresses": (None, (AT, AT, COUNT, AT, AT, AT)),
        "read_addresses": (None, (AT, AT, COUNT, COUNT, AT, AT, AT)),
    }
)


def address_texts(values: pa.BinaryArray) -> tuple[pa.LargeStringArray, npt.NDArray[np.bool_]]:
    """IPv4 addresses of hosts as text, and which values were left out."""
    count = len(values)
    out, offsets = np.empty(count * ADDRESS_LETTERS, np.uint8), np.empty(count + 1, np.int64)
    is_left = np.empty(count, np.uint8)
    called().write_addresses(*binary_buffers(values), count, *at(out, offsets, is_left))
    return texts_from(offsets, out), is_left.view(bool)


def addresses_of(
    texts: pa.LargeStringArray, *, is_network: bool
) -> tuple[pa.BinaryArray, npt.NDArray[np.bool_]]:
    """IPv4 addresses in binary form, and which texts were left out: those of another form."""
    count = len(texts)
    out, offsets = np.empty(count * ADDRESS_BYTES, np.uint8), np.empty(count + 1, np.int32)
    is_left = np.empty(count, np.uint8)
    called().read_addresses(*text_buffers(texts), count, is_network, *at(out, offsets, is_left))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.binary(), count, buffers), is_left.view(bool)
