"""Reads names of tables and columns: `schema.table`, `schema.table(col, ..)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from privaci_core.postgres.names import QUOTED, spelled, table_name, unquoted

# A part of a name: in double quotes, as in SQL, where it has a dot, quote, comma or bracket, else
# as it is. Unlike in SQL, case is kept: `public.Users` is the table that the catalog calls Users.
PART = rf'(?:{QUOTED}|[^".,()\s](?:[^".,()]*[^".,()\s])?)'
RELATION = re.compile(rf"\s*({PART})\.({PART})\s*")
# A name in a list may hold blanks and commas in quotes alone.
LISTED = re.compile(rf'(?:{QUOTED}|[^\s,"])+')
COLUMN = re.compile(rf"\s*({PART})\.({PART})\.({PART})\s*")
KEY = re.compile(rf"\s*({PART})\.({PART})\s*\(\s*({PART}(?:\s*,\s*{PART})*)\s*\)\s*")


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
        return f"{self.relation}({', '.join(spelled(column) for column in self.columns)})"


def relation_name(schema: str, table: str) -> str:
    """The one spelling of a table's name, however a policy quotes it."""
    return table_name(schema, table)


def split_relation(text: str) -> tuple[str, str] | None:
    """Schema and table of `schema.table`; None where it is not of that form."""
    match = RELATION.fullmatch(text)
    return (unquoted(match[1]), unquoted(match[2])) if match else None


def listed_relations(text: str) -> tuple[str, ...]:
    """Names of tables that blanks or commas separate, each in the one spelling of its table."""
    return tuple(one_spelling(name) for name in LISTED.findall(text))


def one_spelling(text: str) -> str:
    """The one spelling of a table's name; another text stays as it is."""
    parts = split_relation(text)
    return table_name(*parts) if parts else text


def split_column(text: str) -> tuple[str, str, str] | None:
    """Schema, table and column of `schema.table.column`; None where it is not of that form."""
    match = COLUMN.fullmatch(text)
    return (unquoted(match[1]), unquoted(match[2]), unquoted(match[3])) if match else None


def parse_key(text: str) -> KeyColumns | None:
    """The key that `schema.table(col, ..)` names; None where it is not of that form."""
    match = KEY.fullmatch(text)
    if match is None:
        return None
    columns = tuple(unquoted(part) for part in re.findall(PART, match[3]))
    return KeyColumns(schema=unquoted(match[1]), table=unquoted(match[2]), columns=columns)
