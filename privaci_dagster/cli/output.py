"""Prints results: lines for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

Form = Literal["text", "json"]
FormOption = Annotated[Form, typer.Option("--format", help="The output's format.")]
UNITS = ("B", "kB", "MB", "GB", "TB")
THOUSAND = 1000
MINUTE = HOUR = 60


def print_result(form: Form, value: Any, lines: Iterable[str]) -> None:
    """Print a result: its value as JSON, or its lines."""
    if form == "json":
        typer.echo(json.dumps(value, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))


def counted(number: int, word: str) -> str:
    """A number of things, in words that agree with it."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def size(octets: float) -> str:
    """A number of bytes in the unit that fits."""
    unit = 0
    while octets >= THOUSAND and unit < len(UNITS) - 1:
        octets, unit = octets / THOUSAND, unit + 1
    return f"{octets:.0f} {UNITS[unit]}" if unit == 0 else f"{octets:.1f} {UNITS[unit]}"


def duration(seconds: float) -> str:
    """A time in the units that fit."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if minutes < HOUR:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // HOUR} h {minutes % HOUR:02d} min"
