"""Sets references to rows that were not copied to NULL, and records what that changes of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.plan.orphan_rows import nullable_columns
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.prove.references import is_orphan
from privaci_core.refresh.settled_rows import leaves_of, ledger_of, record
from privaci_core.target.ledger_store import NULLED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

ROWS = sql.SQL("SELECT {} FROM ONLY {} AS child WHERE {}")
UPDATE = sql.SQL("UPDATE {} AS child SET {} WHERE {}")


def null_references(copy: Copy, target: Connection, keys: Iterable[ForeignKey]) -> dict[str, int]:
    """Set the orphans of some keys to NULL, and record it; returns how many by key."""
    counts = {}
    for key in keys:
        names = _nullable(copy, key)
        changed = sum(_record(copy, target, key, table, names) for table in leaves_of(copy, key))
        if names and changed:
            empty = sql.SQL(", ").join(
                sql.SQL("{} = NULL").format(sql.Identifier(name)) for name in names
            )
            with driver_errors(f"Setting orphans of the foreign key {key.name} to NULL"):
                target.execute(UPDATE.format(key.children, empty, is_orphan(key)))
            counts[f"{key.child_name} {key.name}"] = changed
    return counts


def _nullable(copy: Copy, key: ForeignKey) -> list[str]:
    child = copy.catalog.by_name[key.child_name].oid
    declared = next(
        each
        for each in copy.catalog.foreign_keys
        if (each.relation, each.name) == (child, key.name)
    )
    return nullable_columns(copy.catalog, declared)


def _record(
    copy: Copy, target: Connection, key: ForeignKey, table: TablePlan, nulled: Collection[str]
) -> int:
    """Record the orphans of a table as they will be, less as they are; returns how many."""
    if not nulled:
        return 0
    now, then = _columns(copy, table, nulled)
    before, after = (
        ledger_of(copy, target, table, _rows(table, values, key)) for values in (now, then)
    )
    if before.rows:
        record(target, table, f"{NULLED}{key.name}", after - before)
    return before.rows


def _columns(
    copy: Copy, table: TablePlan, nulled: Collection[str]
) -> tuple[list[sql.Composed], list[sql.Composed]]:
    """What the columns of a table are, and what they are with some of them NULL."""
    oid = copy.relation_of(table).oid
    types = {column.name: column.type for column in copy.catalog.columns[oid]}
    names = (*table.leading, *table.carried)
    now = [sql.SQL("child.{}").format(sql.Identifier(name)) for name in names]
    then = [
        # Postgres itself wrote the type.
        sql.SQL("NULL::{}").format(sql.SQL(types[name])) if name in nulled else value
        for name, value in zip(names, now, strict=True)
    ]
    return now, then


def _rows(table: TablePlan, values: Sequence[sql.Composed], key: ForeignKey) -> sql.Composed:
    return ROWS.format(sql.SQL(", ").join(values), table.identifier, is_orphan(key))
