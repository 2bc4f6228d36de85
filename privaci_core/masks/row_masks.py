"""Binds the two actions that read other columns of the row: dates of a subject, and templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.masks.values.dates import need_dates, shifted
from privaci_core.policy import DateShift, Template

if TYPE_CHECKING:
    from privaci_core.masks.base.keys import Keys
    from privaci_core.policy import Action, Piece

# The column and, by name, the row's other columns, in their text forms -> the masked column.
RowMask = Callable[[pl.Series, Mapping[str, pl.Series]], pl.Series]


def reads(action: Action) -> tuple[str, ...]:
    """The columns an action reads: the source's values of a subject, masked ones of a template."""
    if isinstance(action, DateShift) and action.subject is not None:
        return (action.subject,)
    return action.columns if isinstance(action, Template) else ()


def bind_to_row(action: DateShift | Template, shape: Shape, keys: Keys) -> RowMask:
    """The mask of an action that reads other columns; refuses a column that cannot hold it."""
    if isinstance(action, Template):
        return _filled(action, shape)
    need_dates(shape)
    key = derive(keys.salt, "date_shift", action.seed_alias)
    subject = action.subject or ""

    def masked(values: pl.Series, row: Mapping[str, pl.Series]) -> pl.Series:
        places = (values != "").fill_null(False).arg_true()
        if not len(places):
            return values
        dates = values.gather(places)
        subjects = row[subject].gather(places)
        # A date without a subject moves by its own digest.
        deciding = subjects.zip_with(subjects.is_not_null(), dates)
        words = DigestWords.of(deciding, key).words[:, 1]
        # A copy: where a condition is false, the values are written back.
        return values.clone().scatter(places, shifted(dates, words, action.days))

    return masked


def _filled(action: Template, shape: Shape) -> RowMask:
    if shape.unique:
        raise Unbindable(
            "a template does not promise to stay unique",
            "Use fake with email or username, or hash.",
        )
    if not shape.is_text:
        raise Unbindable(
            f"a template is text, the column a {shape.type_name}", "Use fake, static or null."
        )
    filled = pl.concat_str([_expression(piece) for piece in action.pieces])

    def masked(values: pl.Series, row: Mapping[str, pl.Series]) -> pl.Series:
        columns = pl.DataFrame({"": values, **{name: row[name] for name in action.columns}})
        found = columns.select(filled.alias(values.name)).to_series()
        fitted = found if shape.room is None else found.str.head(shape.room)
        return fitted.zip_with((values != "").fill_null(False), values)

    return masked


def _expression(piece: Piece) -> pl.Expr:
    """A piece of the template over the row; NULL is written as the empty text."""
    if piece.column is None:
        return pl.lit(piece.text)
    value = pl.col(piece.column).fill_null("")
    match piece.spelling:
        case "lower":
            return value.str.to_lowercase()
        case "upper":
            return value.str.to_uppercase()
        case "initial":
            return value.str.head(1).str.to_uppercase()
        case _:
            return value
