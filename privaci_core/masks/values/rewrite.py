"""Rewrites text: replaces the matches of a pattern, or hides all but the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask

OTHER_FILLS = {"*": "#"}


def regex_mask(pattern: str, replacement: str, shape: Shape) -> Mask:
    """Replace every match, in linear time; a value without a match stays as it is."""
    _only_text("regex_mask", shape)

    def masked(values: pl.Series) -> pl.Series:
        replaced = values.str.replace_all(pattern, replacement)
        return replaced if shape.room is None else replaced.str.head(shape.room)

    return masked


def partial_mask(first: int, last: int, fill: str, shape: Shape) -> Mask:
    """Keep characters at the start and the end and fill the rest; fill a too short value whole."""
    _only_text("partial", shape)
    other = OTHER_FILLS.get(fill, "*")

    def masked(values: pl.Series) -> pl.Series:
        found = _filled(values, first, last, fill)
        unchanged = found == values
        if not unchanged.any():
            return found
        # A value of nothing but the fill gets another one: no value is masked to itself.
        return _filled(values, first, last, other).zip_with(unchanged, found)

    return masked


def _filled(values: pl.Series, first: int, last: int, fill: str) -> pl.Series:
    length = pl.col("value").str.len_chars()
    short = length <= first + last
    hidden = pl.when(short).then(length).otherwise(length - min(first + last, 2**31))
    ends = [pl.when(short).then(pl.lit("")).otherwise(part) for part in _ends(first, last)]
    filled = pl.concat_str(ends[0], pl.lit(fill).repeat_by(hidden).list.join(""), ends[1])
    return values.to_frame("value").select(filled).to_series()


def _ends(first: int, last: int) -> tuple[pl.Expr, pl.Expr]:
    value = pl.col("value").str
    return value.head(first), value.tail(last)


def _only_text(action: str, shape: Shape) -> None:
    if not shape.is_text:
        raise Unbindable(
            f"{action} cannot rewrite a {shape.type_name}", "Use hash, static or null."
        )
    if shape.unique:
        raise Unbindable(f"{action} does not stay unique", "Use hash or fpe.")
