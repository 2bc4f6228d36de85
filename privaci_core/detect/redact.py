"""Chooses the action that keeps nothing of a column, for policies with `unlisted: mask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import ADDRESSES, DATES, NUMBERS
from privaci_core.policy import Hash, Null, Static

if TYPE_CHECKING:
    from privaci_core.masks import Shape
    from privaci_core.policy import Action

REDACTED = "redacted"
# The constant for a column that must not be NULL, by its type.
BY_TYPE: dict[str, str] = (
    dict.fromkeys(NUMBERS, "0")
    | dict.fromkeys(DATES, "1970-01-01")
    | dict.fromkeys(ADDRESSES, "192.0.2.1/32")
    | {
        "bool": "f",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "json": "{}",
        "jsonb": "{}",
        "bytea": "\\x",
        "time": "00:00",
        "timetz": "00:00+00",
        "interval": "0",
        "macaddr": "00:00:5e:00:53:00",
        "macaddr8": "02:00:5e:ef:10:00:00:00",
        "xml": "",
        "tsvector": "",
    }
)


def redaction(shape: Shape, *, is_key: bool) -> Action | None:
    """Hash keys, NULL what may be NULL, else use a constant; None where no constant fits."""
    if is_key or shape.unique:
        return Hash(action="hash")
    if not shape.not_null:
        return Null(action="null")
    value = _constant(shape)
    return None if value is None else Static(action="static", value=value)


def _constant(shape: Shape) -> str | None:
    if shape.labels:
        return shape.labels[0]
    if shape.is_text:
        return REDACTED[: shape.room]
    return BY_TYPE.get(shape.type_name)
