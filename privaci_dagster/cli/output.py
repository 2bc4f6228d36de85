"""How subcommands say what they found: lines for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

Form = Literal["text", "json"]
FormOption = Annotated[Form, typer.Option("--format", help="How it is written.")]
UNITS = ("B", "kB", "MB", "GB", "TB")
THOUSAND = 1000


def say(form: Form, value: Any, lines: Iterable[str]) -> None:
    """Print a result: the value as JSON, or its lines."""
    typer.echo(
        json.dumps(value, indent=1, ensure_ascii=False) if form == "json" else "\n".join(lines)
    )


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
    return (
        f"{minutes} min {rest:02d} s"
        if minutes < 60  # noqa: PLR2004
        else f"{minutes // 60} h {minutes % 60:02d} min"
    )
