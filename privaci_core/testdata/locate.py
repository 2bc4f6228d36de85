"""Finds registered rows by their keys, wherever they are stored now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.registry import KeptRow

# A row without a unique key may have doubles: as many are taken as were inserted.
FIND = sql.SQL("""
SELECT {number}, found.place::int, found.relation::bigint, found.ctid::text FROM (
    SELECT wanted.place, stored.tableoid AS relation, stored.ctid, pg_catalog.row_number() OVER (
               PARTITION BY wanted.place ORDER BY stored.ctid) AS double, wanted.double AS as_many
    FROM (SELECT *, pg_catalog.row_number() OVER (PARTITION BY {columns}) AS double
          FROM ROWS FROM ({arrays}) WITH ORDINALITY AS given ({columns}, place)) AS wanted
    JOIN {table} AS stored ON {matches}) AS found WHERE found.double = found.as_many
""")


class Place(NamedTuple):
    """Where a row is stored: the oid of its table or partition, and its place in there."""

    relation: int
    ctid: str


def locate(connection: Connection, catalog: Catalog, rows: Sequence[KeptRow]) -> dict[int, Place]:
    """The places of rows by their ordinals; rows that are gone, or whose table is, are left out."""
    groups: dict[tuple[str, tuple[str, ...]], list[KeptRow]] = {}
    for row in rows:
        if row.relation in catalog.by_name:
            groups.setdefault((row.relation, tuple(sorted(row.key))), []).append(row)
    if not groups:
        return {}
    numbered = list(groups.items())
    parts = [
        _query(catalog, catalog.by_name[table], columns, number)
        for number, ((table, columns), _) in enumerate(numbered)
    ]
    values = [
        [row.key[column] for row in group] for (_, columns), group in numbered for column in columns
    ]
    found = connection.execute(sql.SQL(" UNION ALL ").join(parts), values).fetchall()
    return {
        numbered[number][1][place - 1].ordinal: Place(relation, ctid)
        for number, place, relation, ctid in found
    }


def _query(
    catalog: Catalog, relation: Relation, columns: Sequence[str], number: int
) -> sql.Composed:
    known = [catalog.by_place[relation.oid, column] for column in columns]
    names = [sql.Identifier(f"key {place}") for place in range(len(columns))]
    return FIND.format(
        number=sql.Literal(number),
        columns=sql.SQL(", ").join(names),
        arrays=sql.SQL(", ").join(map(_array, known)),
        table=only(relation),
        matches=sql.SQL(" AND ").join(
            _match(column, name) for column, name in zip(known, names, strict=True)
        ),
    )


def only(relation: Relation) -> sql.Composable:
    """A table without those that inherit from it; of a partitioned one, all partitions."""
    if relation.kind == "p":
        return relation.identifier
    return sql.SQL("ONLY {}").format(relation.identifier)


def _array(column: Column) -> sql.Composed:
    """An array of keys: of the column's own type, so that its index serves, or of texts."""
    type_ = sql.SQL(column.type) if compares_by_type(column) else sql.SQL("pg_catalog.text")
    return sql.SQL("pg_catalog.unnest(%s::{}[])").format(type_)


def _match(column: Column, name: sql.Identifier) -> sql.Composed:
    stored = sql.SQL("stored.{}").format(sql.Identifier(column.name))
    if not compares_by_type(column):
        stored = sql.SQL("{}::pg_catalog.text").format(stored)
    return sql.SQL("{} = wanted.{}").format(stored, name)


def compares_by_type(column: Column) -> bool:
    """Whether values are compared as they are: types of extensions and arrays are, as texts."""
    own = column.scalar_schema == "pg_catalog" or column.scalar_kind == "e"
    return own and not column.is_array and column.scalar_type not in {"json", "xml", "point"}


def described(catalog: Catalog, relations: Iterable[int]) -> list[str]:
    """The names of tables as a person counts them: a partition by the table that it is part of."""
    return sorted({catalog.root(catalog.by_oid[oid]).qualified for oid in relations})
