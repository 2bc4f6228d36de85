"""Holds the conditions that the rows of a table must meet: checks, keys and exclusions."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A text in quotes, a name in quotes, or the word by which a domain's check names its value.
VALUE = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\bVALUE\b""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """A condition on a row: a check of the table or of a domain, or the bounds of partitions."""

    name: str
    expression: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """A unique key or an exclusion constraint."""

    name: str
    predicate: str | None
    expressions: tuple[str, ...]
    operators: tuple[str, ...]
    columns: tuple[str, ...]
    nulls_equal: bool
    is_primary: bool
    is_plain: bool


def of_column(expression: str, column: str) -> str:
    """A domain's check as a condition on a column that has the domain."""
    quoted = '"' + column.replace('"', '""') + '"'
    return VALUE.sub(lambda match: match[1] or quoted, expression)
