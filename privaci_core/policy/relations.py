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
# A value inside a document, as SQL names it: payload->'user'->>'id', or payload#>>'{user,id}'.
STEP = r"(?:->>?\s*(?:'(?:[^']|'')*'|[0-9]+)|#>>?\s*'\{[^{}']+\}')"
INSIDE = rf"(?:{QUOTED}|[^\".,()\s'>#-]+)(?:\s*{STEP})+"
END = rf"(?:{INSIDE}|{PART})"
KEY = re.compile(rf"\s*({PART})\.({PART})\s*\(\s*({END}(?:\s*,\s*{END})*)\s*\)\s*")

# The members and elements that lead to a value inside a document.
DocumentPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyColumns:
    """One end of a relation: a table and the columns of a key."""

    schema: str
    table: str
    columns: tuple[str, ...]
    # Of each column the path to a value inside its documents, which is empty where the column
    # itself is meant; no paths at all where that holds for all columns.
    documents: tuple[DocumentPath, ...] = ()

    @property
    def ends(self) -> tuple[tuple[str, DocumentPath], ...]:
        """Each column, with the path to a value inside its documents."""
        return tuple(zip(self.columns, self.documents or ((),) * len(self.columns), strict=True))

    @property
    def relation(self) -> str:
        """The table's canonical name, as the keys of the policy's `tables`."""
        return relation_name(self.schema, self.table)

    def __str__(self) -> str:
        ends = (f"{spelled(column)}{shown_path(path)}" for column, path in self.ends)
        return f"{self.relation}({', '.join(ends)})"


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
    ends = [_end(text) for text in re.findall(END, match[3])]
    documents = tuple(path for _, path in ends)
    return KeyColumns(
        schema=unquoted(match[1]),
        table=unquoted(match[2]),
        columns=tuple(column for column, _ in ends),
        documents=documents if any(documents) else (),
    )


def _end(text: str) -> tuple[str, DocumentPath]:
    """A column, and the path inside its documents."""
    if not re.fullmatch(INSIDE, text):
        return unquoted(text), ()
    steps = [step for found in re.findall(STEP, text) for step in _read_step(found)]
    return unquoted(re.split(STEP, text, maxsplit=1)[0].strip()), tuple(steps)


def _read_step(text: str) -> list[str | int]:
    """What one arrow leads to."""
    inner = text.lstrip("->#").strip()
    if not inner.startswith("'"):
        return [int(inner)]
    word = inner[1:-1].replace("''", "'")
    return [each.strip() for each in word[1:-1].split(",")] if text.startswith("#") else [word]


def shown_path(path: DocumentPath) -> str:
    """A path as SQL writes it: its last step returns text."""
    arrows = ["->"] * (len(path) - 1) + ["->>"]
    return "".join(f"{arrow}{_shown_step(step)}" for arrow, step in zip(arrows, path, strict=False))


def _shown_step(step: str | int) -> str:
    return str(step) if isinstance(step, int) else "'" + step.replace("'", "''") + "'"
