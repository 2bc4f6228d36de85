"""Writes values that a scenario, a request or a generator gives as Postgres's text forms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from privaci_core.policy import suggest
from privaci_core.testdata.errors import SeedFailed

if TYPE_CHECKING:
    from privaci_core.testdata.table_facts import ColumnFacts, TableFacts


def given_text(table: TableFacts, column: str, value: Any) -> str | None:
    """A value's text form for a column of a table."""
    facts = fillable(table, column)
    text = None if value is None else _text(facts, value)
    if text is not None and "\x00" in text:
        raise unfit(table, column, "a text of Postgres has no character 0", "Leave it out.")
    if text is None and facts.column.not_null:
        raise unfit(table, column, "the column cannot be NULL", "Give it a value.")
    room = facts.shape.room
    if text is not None and room is not None and not facts.column.is_array and len(text) > room:
        raise unfit(table, column, f"its value is longer than {room}", "Give a shorter one.")
    return text


def fillable(table: TableFacts, column: str) -> ColumnFacts:
    """A column that values can be given for."""
    facts = table.columns.get(column)
    if facts is None:
        raise unfit(table, column, "there is no such column", suggest(column, table.columns))
    if facts.is_generated:
        raise unfit(table, column, "the server computes the column", "Leave it out.")
    return facts


def unfit(table: TableFacts, column: str, cause: str, remedy: str) -> SeedFailed:
    """The error of a value that a column cannot have; it quotes no value."""
    return SeedFailed(f"Filling {table.name}.{column}", cause, remedy)


def _text(facts: ColumnFacts, value: Any) -> str:
    if facts.shape.type_name in {"json", "jsonb"} and not facts.column.is_array:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return _array(value)
    return plain_text(value)


def plain_text(value: Any) -> str:
    """The text form of a value that is neither a list nor NULL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _array(values: list[Any] | tuple[Any, ...]) -> str:
    """An array as Postgres reads one."""
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return _array(value)
    escaped = plain_text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
