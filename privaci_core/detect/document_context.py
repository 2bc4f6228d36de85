"""Tells whom or what an object inside a document is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect.column_names import HOLDERS
from privaci_core.detect.name_verdict import judge_name
from privaci_core.detect.split_name import split_name
from privaci_core.detect.table_context import TableContext

if TYPE_CHECKING:
    from collections.abc import Iterable

# Keys that say nothing about what is below them.
NEUTRAL = frozenset(
    {"data", "attributes", "details", "detail", "info", "fields", "properties", "value", "values"}
    | {"payload", "record", "body", "meta", "metadata", "object", "result", "results", "before"}
    | {"after", "old", "new"}
)


def contexts_of(paths: Iterable[str], column: str, table: TableContext) -> dict[str, TableContext]:
    """The context of the scalar at each path: the object around it and its other members.

    A document's root is about what its column's name says, else about what its table is.
    """
    members: dict[str, list[str]] = {}
    for path in paths:
        around, _, key = path.replace("[*]", "").rpartition(".")
        members.setdefault(around, []).append(key)
    return {
        path: _context(around, column, members[around], table)
        for path in paths
        for around in [path.replace("[*]", "").rpartition(".")[0]]
    }


def _context(around: str, column: str, keys: Iterable[str], table: TableContext) -> TableContext:
    above = around.rpartition(".")[2] if "." in around else column
    verdicts = {
        key: verdict
        for key in keys
        if key and (verdict := judge_name(key, spoken=table.spoken)) is not None
    }
    context = TableContext.of(above, verdicts, table.spoken)
    if any(word.meaning in HOLDERS for word in split_name(above, table.spoken)):
        return replace(context, about="people")
    is_root = "." not in around
    if context.about is None and (is_root or above.lower() in NEUTRAL):
        return replace(context, about=table.about)
    return context
