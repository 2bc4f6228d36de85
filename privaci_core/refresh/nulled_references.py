"""Sets references to rows that were not copied to NULL, and records what that changes of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.orphans import null_orphans, nullable_columns, orphaned
from privaci_core.stream.ledger import Ledger, Sums
from privaci_core.stream.read import read_rows
from privaci_core.stream.tally import layout_of
from privaci_core.target.ledger_store import NULLED, Part, record_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, ForeignKey
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection


def null_references(copy: Copy, target: Connection) -> Iterator[str]:
    """Set the orphans of the policy's tables to NULL; yields how many by constraint."""
    keys = [key for key in copy.catalog.foreign_keys if key.relation in copy.plan.nulls_orphans]
    for key in keys:
        # What is recorded is committed with what it is about.
        with target.transaction():
            _record(copy, target, key)
            yield from null_orphans(target, copy.catalog, [key])


def _record(copy: Copy, target: Connection, key: ForeignKey) -> None:
    """Record by table the rows as they will be, less the rows as they are."""
    for table in copy.plan.tables:
        relation = copy.catalog.by_name[table.name]
        if key.relation not in (above.oid for above in copy.catalog.lineage(relation)):
            continue
        before, after = (
            _ledger(copy, target, table, rows) for rows in _statements(copy.catalog, key, table)
        )
        if not before.rows:
            # A run that resumes finds none: what an earlier one recorded stays true.
            continue
        changed = after - before
        name = f"{NULLED}{key.name}"
        record_parts(target, [Part(relation=table.name, name=name, ledger=changed.as_json())])


def _statements(
    catalog: Catalog, key: ForeignKey, table: TablePlan
) -> tuple[sql.Composed, sql.Composed]:
    """What reads the orphans of one table as they are, and as they will be."""
    nulled = set(nullable_columns(catalog, key))
    relation = catalog.by_name[table.name]
    types = {column.name: column.type for column in catalog.columns[relation.oid]}
    names = (*table.leading, *table.carried)
    before = [sql.SQL("child.{}").format(sql.Identifier(name)) for name in names]
    after = [
        # Postgres itself wrote the type.
        sql.SQL("NULL::{}").format(sql.SQL(types[name])) if name in nulled else value
        for name, value in zip(names, before, strict=True)
    ]
    where = orphaned(catalog, key)
    return _read(table, before, where), _read(table, after, where)


def _read(
    table: TablePlan, values: Iterable[sql.Composable], where: sql.Composable
) -> sql.Composed:
    rows = sql.SQL("SELECT {} FROM ONLY {} AS child WHERE {}").format(
        sql.SQL(", ").join(values), table.identifier, where
    )
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT {})").format(rows, sql.SQL(table.format))


def _ledger(copy: Copy, target: Connection, table: TablePlan, rows: sql.Composed) -> Ledger:
    sums = Sums(layout_of(table), copy.ends.ledger_key)
    for block in read_rows(target, rows, table.format):
        sums.add(block.buffer)
    return sums.ledger()
