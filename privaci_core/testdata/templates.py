"""Reads the values of a scenario: constraints in braces, references to roles behind an @."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.testdata.scenario import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WHOLE = re.compile(rf"\{{({NAME})\}}")
# Doubled braces are braces.
INSIDE = re.compile(rf"\{{\{{(?P<plain>{NAME})\}}\}}|\{{(?P<name>{NAME})\}}")
REFERENCE = re.compile(rf"@({NAME})(?:\.(.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A value of another role's row: of its key, or of the column that is named."""

    role: str
    column: str | None


def reference_in(text: Any) -> Reference | None:
    """The reference that a value is, if it is one."""
    match = REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return None if match is None else Reference(role=match[1], column=match[2])


def references_in(value: Any) -> Iterator[Reference]:
    """The references in a value, at any depth."""
    for text in _texts_in(value):
        reference = reference_in(text)
        if reference is not None:
            yield reference


def constraints_in(value: Any) -> Iterator[str]:
    """The names of the constraints in a value, at any depth."""
    for text in _texts_in(value):
        for match in INSIDE.finditer(text):
            if match["name"]:
                yield match["name"]


def resolved(
    value: Any, constraints: Mapping[str, Any], look_up: Callable[[Reference], Any]
) -> Any:
    """A value with its constraints and references put in; a whole one keeps its type."""
    if isinstance(value, dict):
        return {key: resolved(inner, constraints, look_up) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, constraints, look_up) for inner in value]
    if not isinstance(value, str):
        return value
    reference = reference_in(value)
    if reference is not None:
        return look_up(reference)
    if whole := WHOLE.fullmatch(value):
        return constraints[whole[1]]
    filled = INSIDE.sub(lambda match: _put_in(match, constraints), value)
    return filled.removeprefix("@") if filled.startswith("@@") else filled


def _put_in(match: re.Match[str], constraints: Mapping[str, Any]) -> str:
    if match["plain"]:
        return "{" + match["plain"] + "}"
    value = constraints[match["name"]]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)
