"""Works out what a proof's page draws: bars, counts, and the columns that are masked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.names import column_name, visible

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

MOST_BARS, FEW = 25, 4
WHAT_TO_DO = "what_to_do"
SAID_IN_SENTENCES = frozenset({WHAT_TO_DO, "differences", "difference_count"})
# Counts of the search: no document of an earlier format has them.
SAID_ABOVE = frozenset({"left_out", "columns_left_out", "search"})
COLUMNS_WIDTH, LONGEST_BAR, BAR_HEIGHT = 960, 380, 22
COLOURS = {"masked": "#2f7d5b", "suspected": "#d9822b", "copied": "#9aa5b1"}
# How a plan's reasons say that a column looks personal.
SUSPECTED = ("seems to hold", "looks personal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One kind of columns, as a part of the bar of all columns."""

    name: str
    count: int
    x: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How many columns are masked, copied, and copied although they look personal."""

    parts: tuple[Part, ...]
    masked: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How long one table took, beside the others."""

    table: Mapping[str, Any]
    y: int
    width: float


def columns_of(
    columns: Sequence[Mapping[str, str]], unreviewed: Container[str] | None = None
) -> Columns:
    """The bar of all columns of loaded tables, and the masked ones.

    `unreviewed` columns look personal; pages of formats 1 and 2 go by a plan's reasons instead.
    """
    loaded = [column for column in columns if column["type"]]
    masked = tuple(
        {**column, "column": visible(column["column"])}
        for column in loaded
        if column["action"] != "passthrough"
    )
    if unreviewed is None:
        suspected = sum(any(word in column["reason"] for word in SUSPECTED) for column in loaded)
    else:
        names = (column_name(one["table"], one["column"]) for one in loaded)
        suspected = sum(unquoted(name) in unreviewed for name in names)
    copied = len(loaded) - len(masked) - suspected
    counts = {"masked": len(masked), "suspected": suspected, "copied": copied}
    parts, x = [], 0.0
    for name, count in counts.items():
        width = _length(COLUMNS_WIDTH, count, len(loaded))
        parts.append(Part(name=name, count=count, x=x, width=width, colour=COLOURS[name]))
        x += width
    return Columns(parts=tuple(parts), masked=masked)


def unquoted(name: str) -> str:
    """A name without quotes: a check quotes what a plan does not."""
    return name.replace('"', "")


def bars_of(tables: Iterable[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """A bar for each of the slowest tables."""
    slowest = sorted(tables, key=lambda table: (-table["seconds"], table["name"]))[:MOST_BARS]
    return tuple(
        Bar(
            table=table,
            y=number * BAR_HEIGHT,
            width=max(1.0, _length(LONGEST_BAR, table["seconds"], slowest[0]["seconds"])),
        )
        for number, table in enumerate(slowest)
    )


def counts_of(check: Mapping[str, Any]) -> list[str]:
    """What a check counted, a line each, but for what is empty or said at the page's head."""
    found = {
        name: value
        for name, value in check["found"].items()
        if value not in ({}, [], None) and name not in SAID_ABOVE
    }
    return [f"{name.replace('_', ' ')}: {_brief(value)}" for name, value in found.items()]


def sentences_in(check: Mapping[str, Any]) -> list[str]:
    """What a check found, in its own sentences; proofs of earlier versions have fewer of them."""
    return list(check["found"].get(WHAT_TO_DO) or ())


def other_counts_of(check: Mapping[str, Any]) -> list[str]:
    """What a check counted, but for what its sentences say."""
    said = SAID_IN_SENTENCES if sentences_in(check) else frozenset({"difference_count"})
    found = {name: value for name, value in check["found"].items() if name not in said}
    return counts_of({"found": found})


def _length(longest: int, part: float, whole: float) -> float:
    """How long a part is drawn, where the whole is the longest; nothing of nothing."""
    return longest * part / whole if whole else 0.0


def _brief(value: Any) -> str:
    """A few counts in full; of many only the lowest, which is the one to look at."""
    is_long = isinstance(value, dict) and len(value) > FEW
    if not is_long or not all(isinstance(each, int | float) for each in value.values()):
        return json.dumps(value, ensure_ascii=False)
    lowest = min(value, key=lambda name: (value[name], name))
    return f"{len(value)} columns, the lowest {value[lowest]} ({lowest})"
