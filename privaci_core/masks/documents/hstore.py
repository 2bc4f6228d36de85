"""Walks through the values of an hstore, in the text form that Postgres prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Container

    from privaci_core.masks.documents.scalars import Reached
    from privaci_core.masks.documents.visit import Visit

QUOTED = r'"((?:[^"\\]|\\.)*)"'
PAIR = re.compile(rf"{QUOTED}=>(?:{QUOTED}|NULL)", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TO_ESCAPE = re.compile(r'(["\\])')
VALUE = Shape()


def walk_hstore(text: str, root: Reached, visit: Visit, gone: Container[int | None]) -> str:
    """The hstore with each value as its visit returns it, and without the pairs that are gone."""
    pairs = []
    for match in PAIR.finditer(text):
        here = root.step(ESCAPED.sub(r"\1", match[1]))
        if here.path in gone:
            continue
        if here.path is None or match[2] is None:
            pairs.append(match[0])
            continue
        found = visit(here.path, VALUE, ESCAPED.sub(r"\1", match[2]))
        pairs.append(f'"{match[1]}"=>{_written(found)}')
    return ", ".join(pairs)


def _written(value: str | None) -> str:
    return "NULL" if value is None else '"' + TO_ESCAPE.sub(r"\\\1", value) + '"'
