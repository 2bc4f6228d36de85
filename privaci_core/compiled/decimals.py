"""Calls the compiled loops over decimals as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import bytes_of_texts, text_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

declare(
    {
        "count_decimals": (None, (AT, AT, COUNT, AT)),
        "pad_decimals": (None, (AT, AT, COUNT, COUNT, AT, AT, AT)),
    }
)


def decimals_of(texts: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """How many letters stand behind the point of each text; 0 without one."""
    found = np.empty(len(texts), np.int64)
    called().count_decimals(*text_buffers(texts), len(texts), *at(found))
    return found


def padded_decimals(
    texts: pa.LargeStringArray, scale: int
) -> tuple[pa.LargeStringArray, npt.NDArray[np.bool_]]:
    """Decimals with so many digits behind the point, and which were left out: longer or others."""
    count = len(texts)
    out = np.empty(len(bytes_of_texts(texts)) + (scale + 1) * count, np.uint8)
    offsets, is_left = np.empty(count + 1, np.int64), np.empty(count, np.uint8)
    called().pad_decimals(*text_buffers(texts), count, scale, *at(out, offsets, is_left))
    return texts_from(offsets, out), is_left.view(bool)
