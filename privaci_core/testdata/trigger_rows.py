"""Finds the rows that triggers have inserted in this transaction, as those of a change log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from privaci_core.testdata.locate import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.postgres.session import Connection

# Tables into which this session has inserted, and in which it has updated nothing: there, each row
# of this transaction is a new one. What is counted may be older than the transaction.
# And the block from which on they are looked for: a log is written at its end, and can be large.
INSERTED_INTO = """
SELECT relid::bigint, greatest(0, pg_catalog.pg_relation_size(relid)
       / pg_catalog.current_setting('block_size')::bigint - %s)
FROM pg_catalog.pg_stat_xact_user_tables WHERE n_tup_ins > 0 AND n_tup_upd = 0 ORDER BY relid
"""
LAST_BLOCKS = 1024
# A row that is visible and whose transaction is in progress is of this one, or of a savepoint in
# it: those are numbered after it.
ROWS = sql.SQL("""
SELECT tableoid::bigint, ctid::text, pg_catalog.jsonb_build_object({key})
FROM ONLY {table}, LATERAL (
    SELECT pg_catalog.age(xmin)::bigint
           - pg_catalog.age((pg_catalog.txid_current() % 4294967296)::text::pg_catalog.xid) AS by
) AS older
WHERE ctid >= {first}::pg_catalog.tid AND older.by <= 0
  AND pg_catalog.txid_status(pg_catalog.txid_current() - older.by) = 'in progress'
""")


def rows_of_triggers(
    connection: Connection, catalog: Catalog, written: Collection[int], known: Collection[str]
) -> Iterator[tuple[Place, str, dict[str, str]]]:
    """The place, the table and the key of each row that is new in other tables than known ones.

    Only tables that were written and have triggers can have brought any about.
    """
    if not any(_fires(catalog, oid) for oid in written):
        return
    for oid, block in connection.execute(INSERTED_INTO, [LAST_BLOCKS]).fetchall():
        relation = catalog.by_oid.get(oid)
        if relation is None or catalog.root(relation).qualified in known:
            continue
        asked = _rows(catalog, relation, block)
        for table, ctid, key in connection.execute(asked).fetchall():
            texts = {name: value for name, value in key.items() if value is not None}
            yield Place(table, ctid), catalog.root(relation).qualified, texts


def _fires(catalog: Catalog, oid: int) -> bool:
    """Whether a table, or one of its partitions, has triggers."""
    root = catalog.root(catalog.by_oid[oid])
    return any(
        each.triggers for each in catalog.relations if each is root or each.partition_of == root.oid
    )


def _rows(catalog: Catalog, relation: Relation, block: int) -> sql.Composed:
    parts: list[sql.Composable] = []
    for name in key_of(catalog, relation):
        text = sql.SQL("{}::pg_catalog.text").format(sql.Identifier(name))
        parts += [sql.Literal(name), text]
    return ROWS.format(
        key=sql.SQL(", ").join(parts),
        table=relation.identifier,
        first=sql.Literal(f"({block},0)"),
    )


def key_of(catalog: Catalog, relation: Relation) -> Sequence[str]:
    """The columns by which a row is found again: its primary key, else all."""
    everything: list[Any] = [column.name for column in catalog.columns[relation.oid]]
    return catalog.primary_key(catalog.root(relation)) or everything
