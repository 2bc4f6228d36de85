"""Formats rows as a table for a terminal whose cells are wrapped, so that no word is lost."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from privaci_core.plan.text_table import GAP, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The last column, of sentences, is wrapped to this before the others are.
LEAST_LAST = 30


def wrapped_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], width: int = WIDTH
) -> list[str]:
    """Rows under their heads; nothing is cut: the last column is wrapped, and then the widest."""
    cells = [list(head), *map(list, rows)]
    widths = _giving_way([max(map(len, column)) for column in zip(*cells, strict=True)], width)
    gap = " " * GAP
    found = []
    for row in cells:
        parts = [_wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
        for line in zip_longest(*parts, fillvalue=""):
            padded = (part.ljust(size) for part, size in zip(line, widths, strict=True))
            found.append(gap.join(padded).rstrip())
    return found


def _giving_way(widths: list[int], width: int) -> list[int]:
    """Widths of which the last gives way first, as long as a sentence can be read in it."""
    *first, last = widths
    room = width - sum(first) - GAP * len(first)
    if min(last, LEAST_LAST) <= room:
        return [*first, min(last, room)]
    while sum(first) + GAP * len(first) + min(last, LEAST_LAST) > width:
        first[first.index(max(first))] -= 1
    return [*first, min(last, LEAST_LAST)]


def _wrapped(cell: str, width: int) -> list[str]:
    """The lines of a cell, with the blanks at the beginning that set a column below its table."""
    blanks = cell[: len(cell) - len(cell.lstrip(" "))]
    return textwrap.wrap(cell, width, subsequent_indent=blanks, break_on_hyphens=False) or [""]
