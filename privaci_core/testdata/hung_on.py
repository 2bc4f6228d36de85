"""Finds the rows that refer to given rows by foreign keys, and those that refer to these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.testdata.locate import Place, only

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.postgres.session import Connection

REFERRING = sql.SQL("""
SELECT child.tableoid::bigint, child.ctid::text FROM ONLY {parent} AS parent
JOIN {child} AS child ON {matches} WHERE parent.ctid = ANY (%s::pg_catalog.tid[])
""")


def with_hung_on(
    connection: Connection, catalog: Catalog, rows: Iterable[Place]
) -> frozenset[Place]:
    """The rows, and all that refer to them, at any distance; circles end."""
    found = frozenset(rows)
    newest = found
    while newest:
        newest = referring(connection, catalog, newest) - found
        found |= newest
    return found


def referring(connection: Connection, catalog: Catalog, rows: Iterable[Place]) -> frozenset[Place]:
    """The rows that refer to some rows directly, by one statement for all foreign keys."""
    queries, values = [], []
    for relation, places in by_relation(rows).items():
        for key in keys_to(catalog, catalog.by_oid[relation]):
            queries.append(_query(catalog, key, catalog.by_oid[relation]))
            values.append(places)
    if not queries:
        return frozenset()
    found = connection.execute(sql.SQL(" UNION ").join(queries), values).fetchall()
    return frozenset(Place(relation, ctid) for relation, ctid in found)


def by_relation(rows: Iterable[Place]) -> Mapping[int, list[str]]:
    """The places in each table, in a steady order."""
    found: dict[int, list[str]] = {}
    for row in sorted(rows):
        found.setdefault(row.relation, []).append(row.ctid)
    return found


def keys_to(catalog: Catalog, relation: Relation) -> Iterator[ForeignKey]:
    """The foreign keys to a table, and to the partitioned tables above it."""
    lineage = {each.oid for each in catalog.lineage(relation)}
    for key in catalog.foreign_keys:
        if key.referenced in lineage and key.relation in catalog.by_oid:
            yield key


def child_of(catalog: Catalog, key: ForeignKey) -> sql.Composable:
    """The table whose rows a foreign key is about."""
    return only(catalog.by_oid[key.relation])


def matching(key: ForeignKey) -> sql.Composed:
    """What the foreign key itself compares of `parent` and `child`, by its own operators."""
    return sql.SQL(" AND ").join(_matches(key))


def _query(catalog: Catalog, key: ForeignKey, parent: Relation) -> sql.Composed:
    return REFERRING.format(
        parent=parent.identifier, child=child_of(catalog, key), matches=matching(key)
    )


def _matches(key: ForeignKey) -> Iterator[sql.Composed]:
    last = len(key.columns) - 1
    pairs = zip(key.referenced_columns, key.columns, key.operators, key.collations, strict=True)
    for place, (referenced, column, operator, collation) in enumerate(pairs):
        # Several rows may fill a period together: one that overlaps is one of them.
        if key.period and place == last:
            operator = "OPERATOR(pg_catalog.&&)"  # noqa: PLW2901 - the operator of this pair
        yield sql.SQL("parent.{} {} child.{} {}").format(
            sql.Identifier(referenced),
            sql.SQL(operator),
            sql.Identifier(column),
            sql.SQL(collation),
        )
