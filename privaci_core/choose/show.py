"""Shows a chosen subset as text for a terminal, as Markdown with a picture, or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from privaci_core.plan.markdown import code, plain
from privaci_core.plan.text_table import markdown_table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.choose.shares import Share
    from privaci_core.choose.summary import Summary
    from privaci_core.choose.ways import Way

Form = Literal["table", "markdown", "json"]
TABLES = ("table", "rows", "of", "share", "size", "came as")
WAYS = ("brought", "rows", "by")
UNITS = ("B", "kB", "MB", "GB", "TB")
THOUSAND = 1000
# A terminal shows so many ways.
MOST_WAYS = 15
SAID = {"start": "start of the subset", "children": "children: ", "parents": "parents: "}


def show(found: Summary, form: Form) -> str:
    """The subset in one of three forms."""
    if form == "json":
        return json.dumps(_value(found), indent=1, ensure_ascii=False)
    return "\n".join(_markdown(found) if form == "markdown" else _text(found))


def total_of(found: Summary) -> str:
    """The whole subset in a sentence."""
    share = found.rows / found.of_rows if found.of_rows else 0
    return (
        f"{found.rows:,} of {found.of_rows:,} rows ({_percent(share)}), about"
        f" {_size(found.size_bytes)} of {_size(found.of_bytes)}"
    )


def path_of(ways: Sequence[Way]) -> str:
    """A chain of ways, from its start on."""
    return " -> ".join(f"{way.end} ({way.rows:,})" for way in ways)


def _text(found: Summary) -> list[str]:
    lines = text_table(TABLES, map(_cells, found.tables))
    lines += ["", *text_table(WAYS, map(_way_cells, found.ways[:MOST_WAYS]))]
    more = len(found.ways) - MOST_WAYS
    lines += [f"and {more} more: --format markdown lists all"] if more > 0 else []
    lines += ["", total_of(found)]
    lines += [f"widest path: {path_of(found.widest)}"] if found.widest else []
    return [*lines, *(f"smaller: {each}" for each in found.advice)]


def _markdown(found: Summary) -> list[str]:
    lines = [
        "# The subset",
        "",
        total_of(found),
        "",
        *markdown_table(TABLES, map(_cells, found.tables)),
    ]
    lines += [
        "",
        "## What brought the rows",
        "",
        *markdown_table(WAYS, map(_way_cells, found.ways)),
    ]
    lines += ["", *_mermaid(found), ""]
    lines += [f"Widest path: {code(path_of(found.widest))}", ""] if found.widest else []
    advice = [f"- {_sentence(each)}" for each in found.advice]
    return [*lines, *(["## What would make it smaller", "", *advice, ""] if advice else [])]


def _mermaid(found: Summary) -> Iterator[str]:
    """The graph of references with the rows that came by each, as Markdown's viewers draw it."""
    shown = [table for table in found.tables if table.rows]
    numbers = {table.table: number for number, table in enumerate(shown)}
    yield "```mermaid"
    yield "graph LR"
    for name, number in numbers.items():
        rows = shown[number].rows
        yield f'    t{number}["{_safe(name)}<br/>{rows:,} rows"]'
    for way in found.ways:
        if way.begin in numbers and way.end in numbers:
            arrow = "-->" if way.how == "children" else "-.->"
            yield f"    t{numbers[way.begin]} {arrow}|{way.rows:,}| t{numbers[way.end]}"
    yield "```"


def _value(found: Summary) -> dict[str, object]:
    return {
        "rows": found.rows,
        "of_rows": found.of_rows,
        "bytes": found.size_bytes,
        "of_bytes": found.of_bytes,
        "tables": [{**asdict(table), "share": round(table.part, 6)} for table in found.tables],
        "brought": [asdict(way) for way in found.ways],
        "widest_path": [asdict(way) for way in found.widest],
        "smaller": list(found.advice),
    }


def rows_of(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _cells(share: Share) -> tuple[str, ...]:
    return (
        share.table,
        f"{share.rows:,}",
        f"{share.of_rows:,}",
        _percent(share.part),
        _size(share.size_bytes),
        share.why,
    )


def _way_cells(way: Way) -> tuple[str, ...]:
    by = SAID[way.how] + ("" if way.how == "start" else way.name)
    return way.end, f"{way.rows:,}", by


def _sentence(text: str) -> str:
    """A sentence of ours whose parts in ticks are lines of a policy."""
    parts = text.split("`")
    return "".join(code(part) if number % 2 else plain(part) for number, part in enumerate(parts))


def _safe(name: str) -> str:
    """A name as Mermaid shows it inside quotes."""
    letters = (
        letter if letter.isalnum() or letter in "._- " else f"#{ord(letter)};" for letter in name
    )
    return "".join(letters)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 1 else "100 %"


def _size(octets: float) -> str:
    unit = 0
    while octets >= THOUSAND and unit < len(UNITS) - 1:
        octets, unit = octets / THOUSAND, unit + 1
    return f"{octets:.0f} {UNITS[unit]}" if unit == 0 else f"{octets:.1f} {UNITS[unit]}"
