"""Formats rows as a table: for a terminal, in columns that fit its width, or as Markdown."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The characters of a line.
WIDTH = 100
GAP = 2
# The last column, of sentences, is wrapped to this before the others are.
LEAST_LAST = 30


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]], width: int = WIDTH) -> list[str]:
    """Rows under their heads; the widest columns are cut until the table fits the width."""
    cells = [list(head), *map(list, rows)]
    widths = _widths(cells, width)
    gap = " " * GAP
    fitted = (map(_fit, row, widths) for row in cells)
    return [gap.join(row).rstrip() for row in fitted]


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is: as its longest cell, but the widest give way until all fit."""
    widths = _longest(cells)
    while sum(widths) + GAP * (len(widths) - 1) > width:
        widths[widths.index(max(widths))] -= 1
    return widths


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The same as Markdown, with whole cells."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in [list(head), ["---"] * len(head), *cells]]


def _fit(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else f"{cell[: width - 1]}…"


def wrapped_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], width: int = WIDTH
) -> list[str]:
    """Rows under their heads; nothing is cut: the last column is wrapped, and then the widest."""
    cells = [list(head), *map(list, rows)]
    widths = _giving_way(_longest(cells), width)
    gap = " " * GAP
    found = []
    for row in cells:
        parts = [_wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
        for line in zip_longest(*parts, fillvalue=""):
            padded = (part.ljust(size) for part, size in zip(line, widths, strict=True))
            found.append(gap.join(padded).rstrip())
    return found


def _longest(cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*cells, strict=True)]


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
    return textwrap.wrap(cell, width, break_on_hyphens=False) or [""]
