"""Binds the two actions that look at other columns of the row: dates moved by their subject, and templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.keyed.digest import Draw
from privaci_core.masks.values.dates import need_dates, shifted
from privaci_core.policy import DateShift, Template

if TYPE_CHECKING:
    from privaci_core.masks.base.keys import Keys
    from privaci_core.policy import Action, Piece

# The column itself and the others of the row by name, in their text forms -> the column masked.
RowMask = Callable[[pl.Series, Mapping[str, pl.Series]], pl.Series]


def reads(action: Action) -> tuple[str, ...]:
    """The other columns that an action reads: a subject as it was in the source, a template's as they are masked."""
    if isinstance(action, DateShift) and action.subject is not None:
        return (action.subject,)
    return action.columns if isinstance(action, Template) else ()


def bind_across(action: DateShift | Template, shape: Shape, keys: Keys) -> RowMask:
    """The mask of an action that reads other columns; refuses what the column cannot hold."""
    if isinstance(action, Template):
        return _filled(action, shape)
    need_dates(shape)
    key, subject = derive(keys.salt, "date_shift", action.seed_alias), action.subject or ""

    def masked(values: pl.Series, row: Mapping[str, pl.Series]) -> pl.Series:
        taking = (values != "").fill_null(False).arg_true()
        if not len(taking):
            return values
        dates = values.gather(taking)
        whose = row[subject].gather(taking)
        words = Draw.of(whose.zip_with(whose.is_not_null(), dates), key).words[:, 1]
        return values.scatter(taking, shifted(dates, words, action.days))

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
    """A piece of the template over the row; a NULL in it is nothing."""
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
