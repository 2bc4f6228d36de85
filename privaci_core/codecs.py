"""Turns a column's wire form into the text form that masks know, and back."""

from __future__ import annotations

import polars as pl
import pyarrow as pa


def text_of(values: pa.Array) -> pl.Series:
    """The text form of a text-like column: its bytes are UTF-8 already, because the session says so."""
    _, offsets, data = values.buffers()
    return pl.Series(pa.Array.from_buffers(pa.string(), len(values), [values.buffers()[0], offsets, data]))


def wire_of_text(values: pl.Series) -> pa.Array:
    """The wire form of a text-like column."""
    return values.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_binary()).cast(pa.binary())
