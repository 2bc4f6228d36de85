"""How subcommands say what they found: lines for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Form = Literal["text", "json"]
FormOption = Annotated[Form, typer.Option("--format", help="How it is written.")]
# What fits a terminal of a hundred columns; a cell beyond it is cut.
WIDTH = 100
UNITS = ("B", "kB", "MB", "GB", "TB")
THOUSAND = 1000


def say(form: Form, value: Any, lines: Iterable[str]) -> None:
    """Print a result: the value as JSON, or its lines."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False) if form == "json" else "\n".join(lines))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], width: int = WIDTH) -> list[str]:
    """Rows under their heads, in columns that fit the width: the widest column gives way, and its cells are cut."""
    cells = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        widths[widths.index(max(widths))] -= 1
    return ["  ".join(_fitted(cell, room) for cell, room in zip(row, widths, strict=True)).rstrip() for row in cells]


def _fitted(cell: str, room: int) -> str:
    return cell.ljust(room) if len(cell) <= room else f"{cell[: room - 1]}…"


def size(octets: float) -> str:
    """A number of bytes as people say it."""
    unit = 0
    while octets >= THOUSAND and unit < len(UNITS) - 1:
        octets, unit = octets / THOUSAND, unit + 1
    return f"{octets:.0f} {UNITS[unit]}" if unit == 0 else f"{octets:.1f} {UNITS[unit]}"


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"  # noqa: PLR2004
