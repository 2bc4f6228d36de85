"""Draws a chosen subset as SVG: its tables from the start on, and what each way brought.

A proof's page draws it too, and verifies only if it draws the same again: another picture is a
new format of the page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from privaci_core.choose.show import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.choose.shares import Share
    from privaci_core.choose.ways import Way

BOX_WIDTH, BOX_HEIGHT = 210, 46
GAP_ACROSS, GAP_DOWN = 120, 18
MARGIN, HEAD = 20, 44
# Longer names are cut in the middle of the picture, and whole in its tooltips.
LONGEST_NAME = 28
NEAR_ACROSS, NEAR_DOWN = 44, 13
THINNEST, THICKEST = 1.0, 9.0
COLOURS = {
    "start": "#2f7d5b",
    "children": "#7fb79e",
    "parents": "#7d9cc0",
    "whole": "#c3cad1",
    "empty": "#eceff2",
}
STYLE = "font-family:system-ui,sans-serif;font-size:13px;max-width:100%;height:auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a table is drawn."""

    share: Share
    x: int
    y: int


def picture_of(tables: Sequence[Share], ways: Sequence[Way], title: str) -> str:
    """The subset as one SVG, which needs nothing from elsewhere."""
    boxes = _boxes(tables, ways)
    width = max((box.x + BOX_WIDTH for box in boxes.values()), default=BOX_WIDTH) + MARGIN
    height = max((box.y + BOX_HEIGHT for box in boxes.values()), default=HEAD) + MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" style="{STYLE}">',
        f"<title>{escape(title)}</title>",
        f'<text x="{MARGIN}" y="26">{escape(title)}</text>',
        *_lines(ways, boxes),
        *(_drawn(box) for box in boxes.values()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(tables: Sequence[Share], ways: Sequence[Way]) -> dict[str, Box]:
    """Each table with rows, in a column for each step from a start, and the rest at the end."""
    steps = _steps(ways)
    shown = [share for share in tables if share.rows]
    last = max(steps.values(), default=-1) + 1
    count: dict[int, int] = {}
    boxes = {}
    for share in shown:
        column = steps.get(share.table, last)
        row = count.get(column, 0)
        count[column] = row + 1
        boxes[share.table] = Box(
            share=share,
            x=MARGIN + column * (BOX_WIDTH + GAP_ACROSS),
            y=HEAD + row * (BOX_HEIGHT + GAP_DOWN),
        )
    return boxes


def _steps(ways: Sequence[Way]) -> dict[str, int]:
    """How many ways lead from a start to each table, by the shortest chain."""
    steps = {way.end: 0 for way in ways if way.how == "start"}
    front = list(steps)
    while front:
        reached = [way.end for way in ways if way.begin in front and way.end not in steps]
        step = max(steps.values()) + 1
        front = list(dict.fromkeys(reached))
        steps |= dict.fromkeys(front, step)
    return steps


def _lines(ways: Sequence[Way], boxes: Mapping[str, Box]) -> Iterator[str]:
    """A line for each way between two tables; the more rows, the thicker."""
    most = max((way.rows for way in ways), default=1)
    counts: list[tuple[int, int]] = []
    for way in ways:
        if way.begin in boxes and way.end in boxes:
            path, place = _curve(boxes[way.begin], boxes[way.end])
            yield _line(way, path, _thickness(way.rows, most))
            # A number on another one would hide both; the line's tooltip has it.
            if not any(_are_near(place, other) for other in counts):
                counts.append(place)
                yield _count(way, place)


def _curve(begin: Box, end: Box) -> tuple[str, tuple[int, int]]:
    """A line from one table to another, and the place of its number."""
    x, y = begin.x + BOX_WIDTH, begin.y + BOX_HEIGHT // 2
    to_x, to_y = end.x, end.y + BOX_HEIGHT // 2
    if to_x > begin.x:
        bend = (x + to_x) // 2
        return f"M{x} {y} C{bend} {y} {bend} {to_y} {to_x} {to_y}", (bend, (y + to_y) // 2 - 4)
    # Back, or within a column: around the right-hand sides.
    y, to_x, to_y = y - 8, to_x + BOX_WIDTH, to_y + 8
    bend = max(x, to_x) + GAP_ACROSS // 2
    path = f"M{x} {y} C{bend} {y} {bend} {to_y} {to_x} {to_y}"
    return path, (bend - GAP_ACROSS // 8, (y + to_y) // 2 - 4)


def _line(way: Way, path: str, thickness: float) -> str:
    said = f"{way.how}: {way.name}: {rows_of(way.rows)}"
    return (
        f'<path d="{path}" fill="none" stroke="{COLOURS[way.how]}" stroke-opacity="0.7"'
        f' stroke-width="{thickness:.1f}"><title>{escape(said)}</title></path>'
    )


def _count(way: Way, place: tuple[int, int]) -> str:
    x, y = place
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="11" fill="#46525e">'
        f"{way.rows:,}</text>"
    )


def _are_near(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] - other[0]) < NEAR_ACROSS and abs(one[1] - other[1]) < NEAR_DOWN


def _drawn(box: Box) -> str:
    share = box.share
    ink = "#ffffff" if share.why == "start" else "#1d252c"
    name = share.table
    shown = name if len(name) <= LONGEST_NAME else f"{name[:12]}…{name[-15:]}"
    percent = f"{100 * share.part:.1f} %" if share.part < 1 else "all"
    percent = f", {percent}" if share.of_rows else ""
    return (
        f"<g><title>{escape(f'{name}: {rows_of(share.rows)} of {share.of_rows:,}')}</title>"
        f'<rect x="{box.x}" y="{box.y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
        f' fill="{COLOURS[share.why]}"/>'
        f'<text x="{box.x + 10}" y="{box.y + 19}" fill="{ink}">{escape(shown)}</text>'
        f'<text x="{box.x + 10}" y="{box.y + 36}" fill="{ink}" font-size="11">'
        f"{escape(rows_of(share.rows))}{percent}</text></g>"
    )


def _thickness(rows: int, most: int) -> float:
    """Thicker by the logarithm: a way of a few rows is still seen beside one of millions."""
    return THINNEST + (THICKEST - THINNEST) * math.log1p(rows) / math.log1p(most)
