"""Names the version of a table's masked rows: the same again means that a new load would bring the same rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.write_counters import States


def version_of(copy: Copy, counters: States, tables: Sequence[TablePlan]) -> str:
    """The version of a table, or of a partitioned table's leaves: salt, rules, shape, and the source's counters.

    Where nothing shows that the source has not changed (a standby counts no writes, a predicate or a reference that is
    let go looks at other tables), the version is this refresh's own.
    """
    parts = [
        copy.ends.keys.fingerprint(),
        *map(_rules, tables),
        *(_state(copy, counters, table) for table in tables),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _rules(table: TablePlan) -> str:
    fixed = (table.name, table.read, table.carried, table.where, table.format, table.into)
    return repr((fixed, [_rule(column) for column in table.masked]))


def _rule(column: ColumnPlan) -> tuple[object, ...]:
    # Why a column is masked says nothing about how.
    return (
        column.name,
        repr(column.action),
        repr(column.shape),
        column.when,
        column.reads,
        column.wire_type,
    )


def _state(copy: Copy, counters: States, table: TablePlan) -> str:
    lets_go = copy.catalog.by_name[table.name].oid in copy.plan.lets_go
    looks_around = table.where is not None and "select" in table.where.lower()
    state = counters.get((table.schema, table.relation), "")
    return state if state and not lets_go and not looks_around else copy.mark.refresh
