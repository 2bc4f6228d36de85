"""Replaces in a text what its row's other columns hold by what these become: no model has to find the row's person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from privaci_core.masks.base.shape import Mask

    # A text, the row's columns as they were and as they are masked -> the text masked.
    MaskWithRow = Callable[[pl.Series, Mapping[str, pl.Series], Mapping[str, pl.Series]], pl.Series]

# Shorter ones stand in many words by chance.
SHORTEST = 4
# While a text is masked, a character for private use stands for what is known: no model takes it for anything, and
# texts that differ in their row's person alone are one text.
FIRST_MARK = 0xE000
MOST_COLUMNS = 64
MARKS = re.compile(f"[{chr(FIRST_MARK)}-{chr(FIRST_MARK + MOST_COLUMNS - 1)}]")


def with_known(mask: Mask, columns: Sequence[str], room: int | None) -> MaskWithRow:
    """The mask of a text that knows the values of some columns of its row."""
    names = columns[:MOST_COLUMNS]

    def masked(
        texts: pl.Series, row: Mapping[str, pl.Series], fakes: Mapping[str, pl.Series]
    ) -> pl.Series:
        holding = _holding(texts, [row[name] for name in names]).arg_true()
        if not len(holding):
            return mask(texts)
        known = zip(*(row[name].gather(holding).to_list() for name in names), strict=True)
        marked = [
            _marked(text, values)
            for text, values in zip(texts.gather(holding).to_list(), known, strict=True)
        ]
        found = mask(texts.scatter(holding, pl.Series(marked, dtype=pl.String)))
        become = zip(*(fakes[name].gather(holding).to_list() for name in names), strict=True)
        filled = [
            _filled(text, of)
            for text, of in zip(found.gather(holding).to_list(), become, strict=True)
        ]
        whole = pl.Series(filled, dtype=pl.String)
        return found.scatter(holding, whole if room is None else whole.str.head(room))

    return masked


def unmarked(text: str, span: Span) -> Iterator[Span]:
    """What of a span is the text's own: a model takes a mark for a company, or for somebody's first name."""
    start = span.start
    for place in [match.start() for match in MARKS.finditer(text, span.start, span.end)] + [
        span.end
    ]:
        left, right = start, place
        while left < right and not text[left].isalnum():
            left += 1
        while left < right and not text[right - 1].isalnum():
            right -= 1
        # A span without a mark is as it was found.
        yield span if (start, place) == (span.start, span.end) else Span(left, right, span.kind)
        start = place + 1


def _holding(texts: pl.Series, columns: Sequence[pl.Series]) -> pl.Series:
    """The rows whose text holds a value of theirs; not those whose text has a mark already, which go as they are."""
    frame = pl.DataFrame(
        [texts.alias("text"), *(column.alias(str(place)) for place, column in enumerate(columns))]
    )
    holds = [
        pl.col("text").str.contains(pl.col(str(place)), literal=True)
        & (pl.col(str(place)).str.len_chars() >= SHORTEST)
        for place in range(len(columns))
    ]
    has_none = ~pl.col("text").str.contains(MARKS.pattern)
    return frame.select((pl.any_horizontal(holds) & has_none).fill_null(False)).to_series()


def _marked(text: str, values: Sequence[str | None]) -> str:
    """The text with a mark for each value that stands in it as a word, or some; whole names before their parts."""
    known = [(value, chr(FIRST_MARK + place)) for place, value in enumerate(values) if value]
    for value, mark in sorted(known, key=lambda pair: -len(pair[0])):
        if len(value) >= SHORTEST and value in text:
            text = _as_words(text, value, mark)
    return text


def _as_words(text: str, value: str, mark: str) -> str:
    parts, start = [], 0
    while (at := text.find(value, start)) >= 0:
        end = at + len(value)
        alone = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
        parts += [text[start:at], mark if alone else value]
        start = end
    return "".join([*parts, text[start:]])


def _filled(text: str, fakes: Sequence[str | None]) -> str:
    return MARKS.sub(lambda match: fakes[ord(match[0]) - FIRST_MARK] or "", text)
