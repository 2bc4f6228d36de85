"""Measures how often the texts of sampled rows repeat values of their rows' other columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.masks.text.row_values import SHORTEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # Of one row: the values by place, as text.
    Row = Sequence[str | None]

# Numbers of fewer digits are in texts by chance.
FEWEST_DIGITS = 6
# Values are labels, not names, where so many rows on average share one.
MOST_SHARED = 10


def repeats_in(
    rows: Sequence[Row], texts: Sequence[int], names: Sequence[str]
) -> dict[int, dict[str, float]]:
    """For each column of texts the shares of its rows that repeat each other column's value."""
    others = [place for place in range(len(names)) if place not in texts]
    telling = [place for place in others if _tells_rows_apart(rows, place)]
    return {text: _shares(rows, text, {place: names[place] for place in telling}) for text in texts}


def _tells_rows_apart(rows: Sequence[Row], place: int) -> bool:
    values = [row[place] for row in rows if row[place]]
    return bool(values) and len(values) <= MOST_SHARED * len(set(values))


def _shares(rows: Sequence[Row], text: int, names: Mapping[int, str]) -> dict[str, float]:
    filled = [row for row in rows if row[text]]
    shares = {
        name: sum(_repeats(str(row[text]), row[place]) for row in filled) / len(filled)
        for place, name in names.items()
        if filled
    }
    return {name: share for name, share in shares.items() if share}


def _repeats(text: str, value: str | None) -> bool:
    """Whether a text has a value that could not be in it by chance."""
    if value is None or len(value) < SHORTEST or value not in text:
        return False
    return not value.isdigit() or len(value) >= FEWEST_DIGITS
