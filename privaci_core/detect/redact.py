"""Chooses the action that keeps nothing of a column, for policies with `unlisted: mask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.codecs.registry import WIRE_TYPES
from privaci_core.policy import Hash, Null, Static

if TYPE_CHECKING:
    from privaci_core.masks import Shape
    from privaci_core.policy import Action

REDACTED = "redacted"
# The constant for a column that must not be NULL, by its type.
BY_TYPE = {known.name: known.redacted for known in WIRE_TYPES if known.redacted is not None}


def redact(shape: Shape, *, is_key: bool) -> Action | None:
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
