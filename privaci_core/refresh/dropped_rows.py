"""Leaves out rows that refer to no row of the copy, and all rows that refer to those, and so on."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.prove.references import is_orphan, orphans_of, refers_to_parent
from privaci_core.refresh.followed_chains import quick_to_follow
from privaci_core.refresh.settled_rows import leaves_of, ledger_of, record
from privaci_core.stream.ledger import Ledger
from privaci_core.target.ledger_store import DROPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

DELETE = sql.SQL("DELETE FROM ONLY {} AS child WHERE {} RETURNING {}")
# A table that refers to itself loses whole chains of rows at once.
CHAIN = sql.SQL("""
WITH RECURSIVE gone AS (
    SELECT child.tableoid AS leaf, child.ctid AS place, {keys}
    FROM {children} AS child WHERE {orphan}
    UNION ALL
    SELECT child.tableoid, child.ctid, {keys}
    FROM gone AS parent JOIN {children} AS child ON {refers}
)
DELETE FROM ONLY {leaf} AS child USING gone
WHERE gone.leaf = child.tableoid AND gone.place = child.ctid RETURNING {columns}
""")


def drop_orphans(copy: Copy, target: Connection, keys: Sequence[ForeignKey]) -> dict[str, int]:
    """Delete the orphans of some keys, round after round; returns how many by table.

    What is deleted is recorded in the same transaction, which is the caller's.
    """
    counts = dict[str, int]()
    waiting = list(keys)
    while waiting:
        key = waiting.pop(0)
        lost = _drop_all(copy, target, key, counts)
        if lost:
            root = copy.catalog.root_name(key.child_name)
            waiting += [
                other
                for other in keys
                if other not in waiting and copy.catalog.root_name(other.parent_name) == root
            ]
    return counts


def _drop_all(copy: Copy, target: Connection, key: ForeignKey, counts: dict[str, int]) -> int:
    """Delete the orphans of one key in all tables that it is about; returns how many."""
    chained = key.child_name == key.parent_name
    if chained and not orphans_of(target, key):
        return 0
    # An exchange locks no reader out, as dropping an index would.
    followed = quick_to_follow(target, key, may_lock=not copy.selection)
    with followed if chained else nullcontext():
        return sum(_drop(copy, target, key, table, counts) for table in leaves_of(copy, key))


def _drop(
    copy: Copy, target: Connection, key: ForeignKey, table: TablePlan, counts: dict[str, int]
) -> int:
    """Delete the orphans of one key in one table, and record them; returns how many."""
    with driver_errors(f"Leaving out the orphans of the foreign key {key.name}"):
        gone = ledger_of(copy, target, table, _delete(key, table))
    if gone.rows:
        record(target, table, f"{DROPPED}{key.name}", Ledger(form=gone.form) - gone)
        root = copy.root_of(table)
        counts[root] = counts.get(root, 0) + gone.rows
    return gone.rows


def _delete(key: ForeignKey, table: TablePlan) -> sql.Composed:
    columns = sql.SQL(", ").join(
        sql.SQL("child.{}").format(sql.Identifier(name))
        for name in (*table.leading, *table.carried)
    )
    if key.child_name != key.parent_name:
        return DELETE.format(table.identifier, is_orphan(key), columns)
    keys = sql.SQL(", ").join(
        sql.SQL("child.{}").format(sql.Identifier(name)) for name in key.referenced_columns
    )
    return CHAIN.format(
        keys=keys,
        children=key.children,
        orphan=is_orphan(key),
        refers=refers_to_parent(key),
        leaf=table.identifier,
        columns=columns,
    )
