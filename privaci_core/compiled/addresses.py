"""Calls the compiled loop that prints IPv4 addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import binary_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

# `255.255.255.255`
ADDRESS_LETTERS = 15

declare({"write_addresses": (None, (AT, AT, COUNT, AT, AT, AT))})


def address_texts(values: pa.BinaryArray) -> tuple[pa.LargeStringArray, npt.NDArray[np.bool_]]:
    """IPv4 addresses of hosts as text, and which values were left out."""
    count = len(values)
    out, offsets = np.empty(count * ADDRESS_LETTERS, np.uint8), np.empty(count + 1, np.int64)
    is_left = np.empty(count, np.uint8)
    called().write_addresses(*binary_buffers(values), count, *at(out, offsets, is_left))
    return texts_from(offsets, out), is_left.view(bool)
