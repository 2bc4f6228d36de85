"""Searches the whole target for originals: rows, documents, definitions, large objects."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.codecs.registry import WIRE_TYPES
from privaci_core.ddl.dump import dump_schema
from privaci_core.detect.recognise import in_the_pools
from privaci_core.policy import Fake, Hash, HmacHash, Null, Pseudonym, Static
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.postgres.session import Connection

VALUES = 500
# Shorter values and single words are in many texts by chance.
SHORTEST = 8
DISTINCTIVE = re.compile(r"[@\d]|\S \S")
# The forms of our fakes: an original of such a form looks like one.
FAKE_FORMS = (
    r"\+\d{1,3}(555|000)\d+",
    r".*@example\.(test|com|org|net)",
    r"192\.0\.2\..*",
    r"198\.51\.100\..*",
    r"203\.0\.113\..*",
    r"2001:db8:.*",
    r"00:00:5e:00:53:.*",
    r"000-.*",
    r"https?://([\w-]+\.)*example\.(test|com|org|net).*",
    r"privaci-test-pw",
)
LIKE_FAKES = re.compile("|".join(FAKE_FORMS))
# Providers whose originals many people share, as a city.
COMMON = frozenset(
    {"first_name", "last_name", "city", "country", "company", "job_title", "postcode", "user_agent"}
)
PLAIN = frozenset(known.name for known in WIRE_TYPES if not known.traceable)
BATCH = 10_000
SMALLEST_PERCENT, WHOLE = 0.01, 100.0
# Stands between the fields of a row, so that no value is found across two of them.
UNIT = "\x1f"
LARGE_OBJECTS, LARGE_OBJECT_BYTES = 1000, 1 << 20


def originals(source: Connection, plan: Plan) -> list[str]:
    """Values of masked columns that would identify a person anywhere; they never leave memory."""
    found: set[str] = set()
    for table in plan.tables:
        for column in table.masked:
            if identifies(column):
                values = _sampled(source, table, column)
                found.update(value for value in values if value and is_distinctive(value))
    return sorted(found)


def find_originals(
    target: Connection, target_dsn: str, values: list[str], rows: int
) -> dict[str, int]:
    """Where the target has originals, and how often; reads about `rows` rows of a table."""
    if not values:
        return {}
    catalog = read_catalog(target)
    found = Counter[str]()
    with driver_errors("Searching the target for originals"):
        for table in catalog.relations:
            # A materialized view repeats what tables have, and its definition is searched below.
            if table.kind == "r":
                name = catalog.root(table).qualified
                counts = _in_rows(target, catalog, table, values, rows)
                found.update({f"{name}.{column}": count for column, count in counts.items()})
        objects = len(_holding(list(_large_objects(target)), values))
    found.update(dict.fromkeys(_in_definitions(target, target_dsn, values), 1))
    found["large objects"] += objects
    return {where: count for where, count in found.items() if count}


def identifies(column: ColumnPlan) -> bool:
    """Whether an original of this column, found in the target, must have come from it."""
    action = column.action
    if column.when is not None:
        return False
    # What `fpe` makes may be another row's original, so it is not searched.
    if isinstance(action, Fake | Pseudonym):
        return action.provider not in COMMON and column.shape.type_name not in PLAIN
    return isinstance(action, Hash | HmacHash | Null | Static) and column.shape.is_text


def is_distinctive(value: str) -> bool:
    """Whether a text has this value neither by chance nor as someone's fake."""
    if len(value) < SHORTEST or not DISTINCTIVE.search(value):
        return False
    return not (LIKE_FAKES.fullmatch(value) or in_the_pools(value))


def sample_percent(estimated_rows: int, rows: int) -> float:
    """Which share of a table's pages has about so many of its rows."""
    if estimated_rows <= rows:
        return WHOLE
    return max(SMALLEST_PERCENT, 100.0 * rows / estimated_rows)


def count_fields(
    batch: Sequence[Sequence[str | None]], names: Sequence[str], values: list[str]
) -> dict[str, int]:
    """How many rows of a batch have an original, by column."""
    # Every search compiles the values again: first whole rows, then columns of the few found.
    numbers = _holding([UNIT.join(field for field in row if field) for row in batch], values)
    if not numbers:
        return {}
    columns = zip(*(batch[number] for number in numbers), strict=True)
    return {
        name: len(_holding([field or "" for field in fields], values))
        for name, fields in zip(names, columns, strict=True)
    }


def searched_columns(catalog: Catalog, table: Relation) -> list[Column]:
    """The columns of a table that can hold a text."""
    return [
        column
        for column in catalog.columns.get(table.oid, ())
        if column.is_array or column.scalar_type not in PLAIN
    ]


def _sampled(source: Connection, table: TablePlan, column: ColumnPlan) -> list[str | None]:
    """Some values of a column, elements of an array each by itself."""
    name = sql.Identifier(column.name)
    value = sql.SQL("pg_catalog.unnest({})").format(name) if column.is_array else name
    query = sql.SQL(
        "SELECT DISTINCT value"
        " FROM (SELECT {}::pg_catalog.text AS value FROM ONLY {} LIMIT {}) AS sampled"
    ).format(value, table.identifier, sql.Literal(VALUES))
    with driver_errors(f"Reading originals of {table.name}"):
        return [value for (value,) in source.execute(query)]


def _in_rows(
    target: Connection, catalog: Catalog, table: Relation, values: list[str], rows: int
) -> dict[str, int]:
    """How many rows of a table have an original, by column."""
    columns = searched_columns(catalog, table)
    if not columns:
        return {}
    names = [column.name for column in columns]
    query = sql.SQL("SELECT {} FROM ONLY {} TABLESAMPLE SYSTEM ({})").format(
        sql.SQL(", ").join(map(_as_text, columns)),
        table.identifier,
        sql.Literal(sample_percent(table.estimated_rows, rows)),
    )
    found = Counter[str]()
    with target.transaction(), target.cursor(name="privaci_search") as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(BATCH):
            found.update(count_fields(batch, names, values))
    return found


def _as_text(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    if column.scalar_type == "bytea" and not column.is_array:
        # Bytes that are letters, as letters.
        return sql.SQL("pg_catalog.encode({}, 'escape')").format(name)
    return sql.SQL("{}::pg_catalog.text").format(name)


def _in_definitions(target: Connection, target_dsn: str, values: list[str]) -> Iterable[str]:
    """The objects whose definitions, comments among them, have an original."""
    dump = dump_schema(target_dsn, target.info.server_version, None)
    entries = [*dump.pre_data, *dump.post_data]
    numbers = _holding([entry.sql for entry in entries], values)
    return [f"the definition of {entries[number]}" for number in numbers]


def _large_objects(target: Connection) -> Iterator[str]:
    """The beginnings of the first large objects."""
    oids = "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY oid LIMIT %s"
    content = "SELECT pg_catalog.encode(pg_catalog.lo_get(%s::oid, 0, %s), 'escape')"
    for (oid,) in target.execute(oids, [LARGE_OBJECTS]).fetchall():
        ((text,),) = target.execute(content, [oid, LARGE_OBJECT_BYTES]).fetchall()
        yield str(text)


def _holding(texts: list[str], values: list[str]) -> list[int]:
    """The numbers of the texts that contain one of the values."""
    contain = pl.Series("text", texts, dtype=pl.String).str.contains_any(values)
    numbers: list[int] = contain.arg_true().to_list()
    return numbers
