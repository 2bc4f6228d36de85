"""Names the version of a table's masked rows; a new load of the same version changes none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from privaci_core.plan.mask_digests import later_form
from privaci_core.refresh.earlier_run import counter_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.loading.hidden_names import HiddenNames
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.write_counters import WriteCounters


def version_of(
    copy: Copy, names: HiddenNames, counters: WriteCounters, tables: Sequence[TablePlan]
) -> str:
    """Hash of keys, rules, shapes, names looked up and source counters of a table or its leaves.

    The version is this refresh's own where counters cannot show that rows are the same: on a
    standby, which counts no writes, and where a predicate or a foreign key reads other tables.
    """
    parts = [
        copy.ends.keys.fingerprint(),
        *map(_rules, map(names.given_to, tables)),
        *(_source_state(copy, counters, table) for table in tables),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _rules(table: TablePlan) -> str:
    fixed = (table.name, table.read, table.carried, table.predicate, table.format, table.into)
    return repr((fixed, [_rule(column) for column in table.masked]))


def _rule(column: ColumnPlan) -> tuple[object, ...]:
    # The reason and the evidence are not part of it: they do not change a row.
    return (
        column.name,
        repr(column.action),
        repr(column.shape),
        column.when,
        column.reads,
        column.wire_type,
        # With the keys, which no guess of a name has.
        *([column.shape.names.digests] if column.shape.names else []),
        *later_form(column),
    )


def _source_state(copy: Copy, counters: WriteCounters, table: TablePlan) -> str:
    counter = counter_of(counters, table)
    if not counter or _depends_on_others(copy, table):
        return copy.mark.refresh
    return counter


def _depends_on_others(copy: Copy, table: TablePlan) -> bool:
    """Whether rows of other tables decide what this table's rows become."""
    plan = copy.plan
    settled = plan.nulls_orphans | plan.drops_orphans | plan.follows_drops
    lineage = copy.catalog.lineage(copy.relation_of(table))
    settles = any(relation.oid in settled for relation in lineage)
    return settles or (table.where is not None and "select" in table.where.lower())
