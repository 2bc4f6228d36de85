"""Samples columns of the source, and keeps of their values no more than what they look like."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from privaci_core.catalog.privileges import unreadable
from privaci_core.detect.recognise import PROSE_WORDS, Looks, looks_of
from privaci_core.masks.base.shape import DATES, TEXT
from privaci_core.masks.text.named_entities import share_naming_people
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.postgres.session import Connection

ROWS, PAGES, CHARACTERS = 1000, 100, 400
# What a language model reads of a column; more takes long and tells little.
TEXTS = 50
DOCUMENT_CHARACTERS = 20_000
PAGE_BYTES = 8192
DOCUMENT = frozenset({"json", "jsonb"})
SAMPLED = TEXT | DOCUMENT | DATES | {"int8", "numeric"}
# Between the elements of an array, whatever stands in them.
UNIT = "\x1f"
# A key that is a name of ours; others may be values, and are not told.
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
RARE_KEY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a column holds: what its values look like, or those at each path of its documents."""

    looks: Looks = field(default_factory=Looks)
    paths: dict[str, Looks] = field(default_factory=dict)
    # Of sentences that nothing else tells about: the share in which a language model finds a person.
    naming: float = 0.0
    # Of dates: how many there are, the first year and the last.
    distinct: int = 0
    years: tuple[int, int] | None = None


def read_contents(
    source: Connection, catalog: Catalog, listed: Container[tuple[str, str, str]]
) -> dict[Place, Contents]:
    """Look into every column that may hold something about people and that nobody has listed."""
    tables = [
        table
        for table in catalog.relations
        if table.kind in {"r", "p"} and table.partition_of is None
    ]
    hidden = unreadable(source, [(table.schema, table.name) for table in tables])
    found: dict[Place, Contents] = {}
    for table in tables:
        columns = [
            column
            for column in catalog.columns.get(table.oid, ())
            if column.scalar_type in SAMPLED
            and not column.generated
            and (table.schema, table.name, column.name) not in listed
        ]
        if columns and (table.schema, table.name) not in hidden:
            found |= {
                (table.oid, c.name): contents
                for c, contents in _sampled(source, catalog, table, columns)
            }
    return found


def _sampled(
    source: Connection, catalog: Catalog, table: Relation, columns: list[Column]
) -> Iterator[tuple[Column, Contents]]:
    """Some rows from pages all over the table; the same ones again as long as the table does not change."""
    pages = max(
        1,
        sum(leaf.heap_bytes for leaf in catalog.tables if catalog.root(leaf) is table)
        // PAGE_BYTES,
    )
    query = sql.SQL("SELECT {} FROM {} TABLESAMPLE SYSTEM ({}) REPEATABLE (1) LIMIT {}").format(
        sql.SQL(", ").join(map(_shortened, columns)),
        table.identifier,
        sql.Literal(min(100.0, 100.0 * PAGES / pages)),
        sql.Literal(ROWS),
    )
    with driver_errors(f"Sampling {table.qualified}"):
        rows = source.execute(query).fetchall()
    for place, column in enumerate(columns):
        yield column, _contents(column, [row[place] for row in rows if row[place] is not None])


def _shortened(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    if column.is_array:
        text = sql.SQL("pg_catalog.array_to_string({}, {})").format(name, sql.Literal(UNIT))
    else:
        text = sql.SQL("{}::pg_catalog.text").format(name)
    most = DOCUMENT_CHARACTERS if column.scalar_type in DOCUMENT else CHARACTERS
    return sql.SQL("pg_catalog.left({}, {})").format(text, sql.Literal(most))


def _contents(column: Column, values: list[str]) -> Contents:
    if column.scalar_type in DOCUMENT:
        return Contents(paths=_paths(values))
    if column.scalar_type in DATES:
        years = sorted(
            int(value[:4]) for value in values if value[:4].isdigit() and not value.endswith("BC")
        )
        # What stands at either end, a first of January 1900 say, often stands for nothing.
        middle = years[len(years) // 50 : len(years) - len(years) // 50]
        return Contents(distinct=len(set(values)), years=_ends(middle))
    if column.is_array:
        values = [element for value in values for element in value.split(UNIT)]
    looks = looks_of(values)
    undecided = looks.words >= PROSE_WORDS and not looks.telling
    return Contents(
        looks=looks, naming=share_naming_people(sorted(set(values))[:TEXTS]) if undecided else 0.0
    )


def _ends(years: list[int]) -> tuple[int, int] | None:
    return (years[0], years[-1]) if years else None


def _paths(documents: list[str]) -> dict[str, Looks]:
    """What stands at each path that is not rare; a key seen once may be a value."""
    found: dict[str, list[str]] = defaultdict(list)
    count = 0
    for text in documents:
        try:
            document = json.loads(text)
        except ValueError:
            continue
        count += 1
        _walk(document, "$", found)
    return {
        path: looks_of(values)
        for path, values in found.items()
        if len(values) >= max(2, RARE_KEY * count)
    }


def _walk(value: Any, path: str, found: dict[str, list[str]]) -> None:
    if isinstance(value, dict):
        for key, below in value.items():
            if KEY.fullmatch(key):
                _walk(below, f"{path}.{key}", found)
    elif isinstance(value, list):
        for below in value:
            _walk(below, f"{path}[*]", found)
    elif isinstance(value, str):
        found[path].append(value)
