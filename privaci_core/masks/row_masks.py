"""Binds actions that read other columns of the row: dates of a subject, templates, personas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.compared import as_compared
from privaci_core.masks.base.distinct import over_distinct
from privaci_core.masks.base.keys import derive, pseudonym_root
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.fakes.fake import fake
from privaci_core.masks.fakes.persona import Anchor, persona
from privaci_core.masks.fakes.request import Request
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.masks.values.date_ranges import shifter
from privaci_core.masks.values.dates import need_dates
from privaci_core.policy import DateShift, Fake, Pseudonym, Template
from privaci_core.policy.providers import anchors_of

if TYPE_CHECKING:
    from privaci_core.masks.base.keys import Keys
    from privaci_core.policy import Action, Piece

# The column and, by name, the row's other columns, in their text forms -> the masked column.
RowMask = Callable[[pl.Series, Mapping[str, pl.Series]], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The rule of the column that decides who a row's person is, and that column's type."""

    action: Fake | Pseudonym
    type_name: str


def reads(action: Action) -> tuple[str, ...]:
    """The columns an action reads: the source's of a subject or persona, masked of a template."""
    if isinstance(action, DateShift) and action.subject is not None:
        return (action.subject,)
    if isinstance(action, Fake | Pseudonym) and action.persona is not None:
        return (action.persona,)
    return action.columns if isinstance(action, Template) else ()


def bind_to_row(
    action: DateShift | Template | Fake | Pseudonym,
    shape: Shape,
    keys: Keys,
    anchored: Anchored | None = None,
) -> RowMask:
    """The mask of an action that reads other columns; refuses a column that cannot hold it."""
    if isinstance(action, Fake | Pseudonym):
        return _of_persona(action, shape, keys, anchored)
    if isinstance(action, Template):
        return _filled(action, shape)
    need_dates(shape)
    move = shifter(shape)
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
        return values.clone().scatter(places, move(dates, words, action.days))

    return masked


def _of_persona(
    action: Fake | Pseudonym, shape: Shape, keys: Keys, anchored: Anchored | None
) -> RowMask:
    """The row's person where its anchor has a value, else the fake of the value by itself."""
    if anchored is None:
        raise Unbindable(
            f"nothing masks {action.persona} as {_possible(action)}",
            "Name such a column of text in persona, or leave persona out.",
        )
    request = _request(action, shape, keys)
    anchor = Anchor(
        provider=anchored.action.provider,
        request=_request(anchored.action, Shape(type_name=anchored.type_name), keys),
    )
    alone = over_distinct(as_compared(shape, fake(action.provider, request)))
    together = persona(action.provider, request, anchor, alone)
    column = action.persona or ""

    def masked(values: pl.Series, row: Mapping[str, pl.Series]) -> pl.Series:
        known = (values != "").fill_null(False) & (row[column] != "").fill_null(False)
        places = known.arg_true()
        if not len(places):
            return alone(values)
        found = together(values.gather(places), row[column].gather(places))
        if len(places) == len(values):
            return found.alias(values.name)
        return alone(values).scatter(places, found)

    return masked


def _possible(action: Fake | Pseudonym) -> str:
    *others, last = anchors_of(action.provider)
    return f"{', '.join(others)} or {last}"


def _request(action: Fake | Pseudonym, shape: Shape, keys: Keys) -> Request:
    root = pseudonym_root(keys) if isinstance(action, Pseudonym) else keys.salt
    return Request(shape=shape, params=action.params, alias=action.seed_alias, root=root)


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
