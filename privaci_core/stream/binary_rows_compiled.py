"""Splits and joins blocks of COPY binary rows by compiled loops; tails stay in their buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.loops import Cut, cut_rows
from privaci_core.compiled.loops import write_rows as join
from privaci_core.stream.binary_rows import join_one, split_one

if TYPE_CHECKING:
    from privaci_core.stream.binary_rows import Rows

__all__ = ["join", "join_one", "split", "split_one"]


def split(rows: Rows, leading: int) -> Cut:
    """Cut the leading fields out of binary rows."""
    return cut_rows(rows.buffer, np.cumsum(rows.lengths), leading)
