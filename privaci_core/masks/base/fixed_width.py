"""Joins text of a fixed width as matrices of bytes, one row a value, without a loop over values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from privaci_core.compiled.loops import Letters


def fixed_width(*parts: bytes | Letters) -> pl.Series:
    """Text of constants and letters side by side; at least one part is letters."""
    rows = next(len(part) for part in parts if not isinstance(part, bytes))
    blocks = [_repeated(part, rows) if isinstance(part, bytes) else part for part in parts]
    matrix = np.ascontiguousarray(np.hstack(blocks))
    offsets = np.arange(rows + 1, dtype=np.int64) * matrix.shape[1]
    return pl.Series(
        pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(matrix))
    )


def _repeated(constant: bytes, rows: int) -> Letters:
    return np.broadcast_to(np.frombuffer(constant, np.uint8), (rows, len(constant)))
