"""Searches the whole target for originals of masked columns: rows, documents, comments, definitions, large objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.ddl.dump import dump_schema
from privaci_core.detect.recognise import in_the_pools
from privaci_core.masks.base.shape import DATES, NUMBERS
from privaci_core.policy import Fake, Hash, HmacHash, Null, Pseudonym, Static
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.postgres.session import Connection

VALUES = 500
# Shorter ones, and words alone, stand in many texts by chance; what fpe made may be the original of another row.
SHORTEST = 8
TELLS = re.compile(r"[@\d]|\S \S")
# What a fake may look like: an original like that cannot be told from one.
LIKE_FAKES = re.compile(
    r"\+\d{1,3}(555|000)\d+|.*@example\.(test|com|org|net)|192\.0\.2\..*|198\.51\.100\..*|203\.0\.113\..*|2001:db8:.*"
    r"|00:00:5e:00:53:.*|000-.*|https?://([\w-]+\.)*example\.(test|com|org|net).*|privaci-test-pw"
)
# Fakes whose originals are words of anybody's, as a city is.
COMMON = frozenset(
    {"first_name", "last_name", "city", "country", "company", "job_title", "postcode", "user_agent"}
)
PLAIN = (
    NUMBERS
    | DATES
    | {"bool", "uuid", "time", "timetz", "interval", "oid", "money", "bit", "varbit"}
)
BATCH = 10_000
# Between the fields of a row, so that no value is found across two of them.
UNIT = "\x1f"
LARGE_OBJECTS, LARGE_OBJECT_BYTES = 1000, 1 << 20


def originals(source: Connection, plan: Plan) -> list[str]:
    """Values of masked columns that would tell about somebody wherever they stood; they stay in memory."""
    found: set[str] = set()
    for table in plan.tables:
        columns = [column for column in table.masked if _identifies(column)]
        if columns:
            found |= set(_values(source, table, columns))
    return sorted(found)


def spilled(target: Connection, target_dsn: str, values: list[str], rows: int) -> dict[str, int]:
    """Where in the target originals stand, and in how many places; of each table at most so many rows are read."""
    if not values:
        return {}
    catalog = read_catalog(target)
    found: dict[str, int] = {}
    with driver_errors("Searching the target for originals"):
        for table in catalog.relations:
            # What a materialized view holds, tables hold, and its definition is looked at below.
            if table.kind == "r":
                for name, count in _in_rows(target, catalog, table, values, rows):
                    where = f"{catalog.root(table).qualified}.{name}"
                    found[where] = found.get(where, 0) + count
        objects = len(_holding(list(_large_objects(target)), values))
    dump = dump_schema(target_dsn, target.info.server_version, None)
    entries = [*dump.pre_data, *dump.post_data]
    for number in _holding([entry.sql for entry in entries], values):
        found[f"the definition of {entries[number]}"] = 1
    return found | ({"large objects": objects} if objects else {})


def _identifies(column: ColumnPlan) -> bool:
    action = column.action
    if column.when is not None:
        return False
    if isinstance(action, Fake | Pseudonym):
        return action.provider not in COMMON and column.shape.type_name not in PLAIN
    return isinstance(action, Hash | HmacHash | Null | Static) and column.shape.is_text


def _values(source: Connection, table: TablePlan, columns: list[ColumnPlan]) -> Iterator[str]:
    for column in columns:
        name = sql.Identifier(column.name)
        one = sql.SQL("pg_catalog.unnest({})").format(name) if column.is_array else name
        query = sql.SQL(
            "SELECT DISTINCT value FROM (SELECT {}::pg_catalog.text AS value FROM ONLY {} LIMIT {}) AS sampled"
        )
        with driver_errors(f"Reading originals of {table.name}"):
            rows = source.execute(
                query.format(one, table.identifier, sql.Literal(VALUES))
            ).fetchall()
        yield from (row[0] for row in rows if row[0] and _tells(row[0]))


def _tells(value: str) -> bool:
    """Whether a value that is found somewhere was put there, and is nobody's fake."""
    by_chance = len(value) < SHORTEST or not TELLS.search(value)
    return not (by_chance or LIKE_FAKES.fullmatch(value) or in_the_pools(value))


def _in_rows(
    target: Connection, catalog: Catalog, table: Relation, values: list[str], rows: int
) -> Iterator[tuple[str, int]]:
    """The columns of a table that hold originals, with the number of rows that do."""
    columns = [
        c for c in catalog.columns.get(table.oid, ()) if c.is_array or c.scalar_type not in PLAIN
    ]
    if not columns:
        return
    percent = (
        100.0 if table.estimated_rows <= rows else max(0.01, 100.0 * rows / table.estimated_rows)
    )
    query = sql.SQL("SELECT {} FROM ONLY {} TABLESAMPLE SYSTEM ({})").format(
        sql.SQL(", ").join(map(_as_text, columns)), table.identifier, sql.Literal(percent)
    )
    counts = dict.fromkeys((column.name for column in columns), 0)
    with target.transaction(), target.cursor(name="privaci_spill") as cursor:
        cursor.itersize = BATCH
        cursor.execute(query)
        while batch := cursor.fetchmany(BATCH):
            # All columns of a row at once; which of them it was is asked of the few rows that hold something.
            found = _holding([UNIT.join(field for field in row if field) for row in batch], values)
            held = zip(*(batch[number] for number in found), strict=True) if found else ()
            for column, fields in zip(columns, held, strict=False):
                counts[column.name] += len(_holding([field or "" for field in fields], values))
    yield from ((name, count) for name, count in counts.items() if count)


def _as_text(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    if column.scalar_type == "bytea" and not column.is_array:
        # Bytes that are letters as letters.
        return sql.SQL("pg_catalog.encode({}, 'escape')").format(name)
    return sql.SQL("{}::pg_catalog.text").format(name)


def _holding(texts: list[str], values: list[str]) -> list[int]:
    """Which of some texts hold one of the values at least."""
    series = pl.Series("text", texts, dtype=pl.String)
    found: list[int] = series.str.contains_any(values).arg_true().to_list()
    return found


def _large_objects(target: Connection) -> Iterator[str]:
    known = "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY oid LIMIT %s"
    for (number,) in target.execute(known, [LARGE_OBJECTS]).fetchall():
        piece = "SELECT pg_catalog.encode(pg_catalog.lo_get(%s::oid, 0, %s), 'escape')"
        yield str((target.execute(piece, [number, LARGE_OBJECT_BYTES]).fetchone() or ("",))[0])
