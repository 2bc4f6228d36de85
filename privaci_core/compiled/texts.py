"""Hands vectors of texts and of bytes to the loops, and makes vectors of what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

# How many bytes say where a text begins, and where bytes begin.
TEXT_OFFSET, BINARY_OFFSET = 8, 4


def large_text(values: pl.Series) -> pa.LargeStringArray:
    """A column as Arrow's text with one buffer of bytes."""
    return values.to_arrow(compat_level=pl.CompatLevel.oldest())


def texts_from(
    offsets: npt.NDArray[np.int64], data: pa.Buffer | bytes | npt.NDArray[np.uint8]
) -> pa.LargeStringArray:
    """Texts that stand end to end in a buffer; none is NULL."""
    buffers = pa.py_buffer(offsets), pa.py_buffer(data)
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers)


def bytes_of_texts(texts: pa.LargeStringArray) -> memoryview:
    """The bytes of texts end to end; none is NULL."""
    data = texts.buffers()[2]
    if not len(texts) or data is None:
        return memoryview(b"")
    edges = edges_of(texts)
    return memoryview(data)[edges[0] : edges[-1]]


def edges_of(texts: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Where each text begins in the buffer, and where the last one ends."""
    edges = np.frombuffer(texts.buffers()[1], np.int64)
    return edges[texts.offset : texts.offset + len(texts) + 1]


def text_buffers(values: pa.LargeStringArray) -> tuple[int | None, int | None]:
    """The addresses of the bytes and of the offsets of a vector of texts."""
    return _addresses(values, TEXT_OFFSET)


def binary_buffers(values: pa.BinaryArray) -> tuple[int | None, int | None]:
    """The addresses of the bytes and of the offsets of a vector of bytes."""
    return _addresses(values, BINARY_OFFSET)


def _addresses(values: pa.Array, width: int) -> tuple[int | None, int | None]:
    _, offsets, data = values.buffers()
    return (
        data.address if data else None,
        offsets.address + width * values.offset if offsets else None,
    )
