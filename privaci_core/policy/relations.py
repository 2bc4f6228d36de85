"""Reads names of tables and columns: `schema.table`, `schema.table(col, ..)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A part of a name: in double quotes, as in SQL, where it has a dot, quote, comma or bracket, else
# as it is. Unlike in SQL, case is kept: `public.Users` is the table that the catalog calls Users.
PART = r'(?:"(?:[^"]|"")+"|[^".,()\s](?:[^".,()]*[^".,()\s])?)'
RELATION = re.compile(rf"\s*({PART})\.({PART})\s*")
COLUMN = re.compile(rf"\s*({PART})\.({PART})\.({PART})\s*")
KEY = re.compile(rf"\s*({PART})\.({PART})\s*\(\s*({PART}(?:\s*,\s*{PART})*)\s*\)\s*")
NEEDS_QUOTES = re.compile(r'[".,()]|^\s|\s$')


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyColumns:
    """One end of a relation: a table and the columns of a key."""

    schema: str
    table: str
    columns: tuple[str, ...]

    @property
    def relation(self) -> str:
        """The table's canonical name, as the keys of the policy's `tables`."""
        return relation_name(self.schema, self.table)

    def __str__(self) -> str:
        return f"{self.relation}({', '.join(_quoted(column) for column in self.columns)})"


def relation_name(schema: str, table: str) -> str:
    """The canonical spelling of a table's name, with quotes only where a part needs them."""
    return f"{_quoted(schema)}.{_quoted(table)}"


def split_relation(text: str) -> tuple[str, str] | None:
    """Schema and table of `schema.table`; None where it is not of that form."""
    match = RELATION.fullmatch(text)
    return (_bare(match[1]), _bare(match[2])) if match else None


def split_column(text: str) -> tuple[str, str, str] | None:
    """Schema, table and column of `schema.table.column`; None where it is not of that form."""
    match = COLUMN.fullmatch(text)
    return (_bare(match[1]), _bare(match[2]), _bare(match[3])) if match else None


def parse_key(text: str) -> KeyColumns | None:
    """The key that `schema.table(col, ..)` names; None where it is not of that form."""
    match = KEY.fullmatch(text)
    if match is None:
        return None
    columns = tuple(_bare(part) for part in re.findall(PART, match[3]))
    return KeyColumns(schema=_bare(match[1]), table=_bare(match[2]), columns=columns)


def _bare(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if NEEDS_QUOTES.search(part) else part
