"""Splits and joins blocks of COPY text rows by compiled loops; tails stay in their buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.loops import Cut, cut_rows, write_text_rows
from privaci_core.stream.text_rows import join_one, split_one

if TYPE_CHECKING:
    from privaci_core.stream.binary_rows import Buffer, Rows

__all__ = ["join", "join_one", "split", "split_one"]


def split(rows: Rows, leading: int) -> Cut:
    """Cut the leading fields out of text rows, without their escapes."""
    return cut_rows(rows.buffer, np.cumsum(rows.lengths), leading, "text")


def join(block: Cut, _field_count: int) -> Buffer:
    """Write masked columns back in front of their tails."""
    return write_text_rows(block)
