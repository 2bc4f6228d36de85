"""Masks values of the row's other columns inside its text."""

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

# Shorter values occur in many words by chance.
SHORTEST = 4
# While a text is masked, a private-use character stands for each value of the row: no model takes
# it for a name, and texts that differ in their row's person alone are masked once.
FIRST_PLACEHOLDER = 0xE000
MOST_COLUMNS = 64
LAST_PLACEHOLDER = FIRST_PLACEHOLDER + MOST_COLUMNS - 1
RANGE = f"{chr(FIRST_PLACEHOLDER)}-{chr(LAST_PLACEHOLDER)}"
PLACEHOLDERS = re.compile(f"[{RANGE}]")
# What lies between placeholders, from its first letter or digit to its last.
BETWEEN = re.compile(rf"[^\W_](?:[^{RANGE}]*[^\W_])?")


def with_row_values(mask: Mask, columns: Sequence[str], room: int | None) -> MaskWithRow:
    """The mask of a text that also replaces the values of some columns of its row."""
    names = columns[:MOST_COLUMNS]

    def masked(
        texts: pl.Series, row: Mapping[str, pl.Series], fakes: Mapping[str, pl.Series]
    ) -> pl.Series:
        rows = _naming(texts, [row[name] for name in names]).arg_true()
        if not len(rows):
            return mask(texts)
        values = zip(*(row[name].gather(rows).to_list() for name in names), strict=True)
        prepared = map(_with_placeholders, texts.gather(rows).to_list(), values)
        # A copy: where a condition is false, the texts are written back.
        found = mask(texts.clone().scatter(rows, pl.Series(list(prepared), dtype=pl.String)))
        replacements = zip(*(fakes[name].gather(rows).to_list() for name in names), strict=True)
        filled = map(_filled, found.gather(rows).to_list(), replacements)
        whole = pl.Series(list(filled), dtype=pl.String)
        return found.scatter(rows, whole if room is None else whole.str.head(room))

    return masked


def without_placeholders(text: str, span: Span) -> Iterator[Span]:
    """The parts of a span around placeholders, which a model may take for a part of a name."""
    if PLACEHOLDERS.search(text, span.start, span.end) is None:
        yield span
        return
    for part in BETWEEN.finditer(text, span.start, span.end):
        yield Span(*part.span(), span.kind)


def _naming(texts: pl.Series, columns: Sequence[pl.Series]) -> pl.Series:
    """Whether each text holds a value of its row; a text with a placeholder of its own does not."""
    values = [column.alias(str(number)) for number, column in enumerate(columns)]
    frame = pl.DataFrame([texts.alias("text"), *values])
    text = pl.col("text")
    named = [
        text.str.contains(pl.col(value.name), literal=True)
        & (pl.col(value.name).str.len_chars() >= SHORTEST)
        for value in values
    ]
    has_none = ~text.str.contains(PLACEHOLDERS.pattern)
    return frame.select((pl.any_horizontal(named) & has_none).fill_null(False)).to_series()


def _with_placeholders(text: str, values: Sequence[str | None]) -> str:
    """The text with a placeholder for each value in it, the longest values first."""
    present = [(value, number) for number, value in enumerate(values) if value and value in text]
    for value, number in sorted(present, key=lambda pair: -len(pair[0])):
        if len(value) >= SHORTEST:
            text = _replace_words(text, value, chr(FIRST_PLACEHOLDER + number))
    return text


def _replace_words(text: str, value: str, placeholder: str) -> str:
    """The text with every occurrence of the value that is not part of a longer word replaced."""
    parts, start = [], 0
    while (at := text.find(value, start)) >= 0:
        end = at + len(value)
        inside_word = text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()
        parts += [text[start:at], value if inside_word else placeholder]
        start = end
    return "".join([*parts, text[start:]])


def _filled(text: str, fakes: Sequence[str | None]) -> str:
    """The text with the fakes in place of the placeholders; nothing in place of a NULL."""
    return PLACEHOLDERS.sub(lambda match: fakes[ord(match[0]) - FIRST_PLACEHOLDER] or "", text)
