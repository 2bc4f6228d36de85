"""Puts reserved rows back as their request found them, and tells what was hung on them since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.postgres.driver_errors import what_failed
from privaci_core.testdata.delete import MEANWHILE, TAKE_TIME
from privaci_core.testdata.hung_on import child_of, keys_to, matching
from privaci_core.testdata.locate import Place
from privaci_core.testdata.run_errors import ResetFailed
from privaci_core.testdata.triggers_off import triggers_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.registry import KeptRow

# By foreign key, the rows that refer to one row; each is named by its primary key.
AROUND = sql.SQL("""
SELECT {name}, {row}::int, child.tableoid::bigint, child.ctid::text, ROW({key})::pg_catalog.text
FROM ONLY {parent} AS parent JOIN {child} AS child ON {matches}
WHERE parent.ctid = %s::pg_catalog.tid
""")
UPDATE = sql.SQL("""
UPDATE ONLY {table} SET {settings} WHERE ctid = %s::pg_catalog.tid
   AND ROW({texts}) IS DISTINCT FROM ROW({values})
RETURNING ctid::text, ROW({texts}) IS DISTINCT FROM ROW({values})
""")
INSERT = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})")


def around(
    connection: Connection, catalog: Catalog, places: Mapping[int, Place]
) -> dict[int, dict[str, dict[str, Place]]]:
    """Of each row: by foreign key, the rows that refer to it, by their primary keys.

    Of a table without a primary key, nobody could tell later which row is which: it is left out.
    """
    found: dict[int, dict[str, dict[str, Place]]] = {row: {} for row in places}
    queries, values = [], []
    for row, place in places.items():
        for key in keys_to(catalog, catalog.by_oid[place.relation]):
            primary = catalog.primary_key(catalog.by_oid[key.relation])
            if primary:
                found[row][_name(catalog, key)] = {}
                queries.append(_around(catalog, key, place, row, primary))
                values.append(place.ctid)
    if queries:
        asked = connection.execute(sql.SQL(" UNION ALL ").join(queries), values)
        for name, row, relation, ctid, text in asked.fetchall():
            found[row][name][text] = Place(relation, ctid)
    return found


def _around(
    catalog: Catalog, key: ForeignKey, place: Place, row: int, primary: Sequence[str]
) -> sql.Composed:
    columns = [sql.SQL("child.{}").format(sql.Identifier(column)) for column in primary]
    return AROUND.format(
        name=sql.Literal(_name(catalog, key)),
        row=sql.Literal(row),
        key=sql.SQL(", ").join(columns),
        parent=catalog.by_oid[place.relation].identifier,
        child=child_of(catalog, key),
        matches=matching(key),
    )


def _name(catalog: Catalog, key: ForeignKey) -> str:
    return f"{catalog.by_oid[key.relation].qualified}: {key.name}"


def hung_since(
    connection: Connection,
    catalog: Catalog,
    rows: Sequence[KeptRow],
    places: Mapping[int, Place],
) -> Iterator[Place]:
    """The rows that refer to reserved rows now and did not when these were reserved."""
    kept = {row.ordinal: row.around or {} for row in rows}
    asked = {row: place for row, place in places.items() if kept.get(row)}
    for row, by_key in around(connection, catalog, asked).items():
        for name, found in by_key.items():
            before = frozenset(kept[row].get(name, ()))
            # A foreign key that was added since says nothing of what was there before.
            if name in kept[row]:
                yield from (place for text, place in found.items() if text not in before)


def put_back(
    connection: Connection,
    catalog: Catalog,
    rows: Sequence[KeptRow],
    places: Mapping[int, Place],
    doing: str,
) -> None:
    """Give rows the values that they had; a row that was deleted is inserted again."""
    for row in rows:
        if row.before is None:
            continue
        try:
            _put_back(connection, catalog, row, places.get(row.ordinal))
        except MEANWHILE:
            raise
        except psycopg.Error as error:
            raise ResetFailed(doing, what_failed(error), TAKE_TIME) from None


def _put_back(connection: Connection, catalog: Catalog, row: KeptRow, place: Place | None) -> None:
    relation = catalog.by_name[row.relation]
    before = {
        column.name: (row.before or {})[column.name]
        for column in catalog.columns[relation.oid]
        if column.name in (row.before or {}) and not column.generated
    }
    if place is None:
        columns = sql.SQL(", ").join(map(sql.Identifier, before))
        values = sql.SQL(", ").join([sql.Placeholder()] * len(before))
        insert = INSERT.format(relation.identifier, columns, values)
        connection.execute(insert, list(before.values()))
        return
    always = {each.name for each in catalog.columns[relation.oid] if each.identity == "a"}
    # Its key has not changed, or the row would not have been found.
    changing = {
        name: value for name, value in before.items() if name not in row.key.keys() | always
    }
    if changing:
        _update(connection, catalog.by_oid[place.relation], place.ctid, changing)


def _update(
    connection: Connection, table: Relation, ctid: str, values: Mapping[str, str | None]
) -> None:
    """Update a row if it has other values; without triggers, if one of them changes these."""
    statement, texts = _statement(table, list(values)), list(values.values())
    done = connection.execute(statement, [*texts, ctid, *texts, *texts]).fetchone()
    if done is not None and done[1]:
        with triggers_off(connection, table):
            connection.execute(statement, [*texts, done[0], *texts, *texts])


def _statement(table: Relation, columns: Sequence[str]) -> sql.Composed:
    names = [sql.Identifier(column) for column in columns]
    return UPDATE.format(
        table=table.identifier,
        settings=sql.SQL(", ").join(sql.SQL("{} = %s").format(name) for name in names),
        texts=sql.SQL(", ").join(sql.SQL("{}::pg_catalog.text").format(name) for name in names),
        values=sql.SQL(", ").join([sql.SQL("%s::pg_catalog.text")] * len(names)),
    )
