"""Loads the tables of one step, and says of each what it brought."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.loading.copy import leaves_by_root
from privaci_core.refresh.resume import load_many
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.chunk_events import loaded_before, told
from privaci_dagster.table_metadata import slice_metadata, table_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.catalog.lock_file import LockedTable
    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.refresh.open import Opened
    from privaci_core.refresh.resume import Noted
    from privaci_core.stream.copy_table import Loaded
    from privaci_dagster.asset_keys import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The slices of a table that a run loads, of how many; one of one for most tables."""

    names: tuple[str, ...]
    chosen: frozenset[int]
    # Whether Dagster itself knows which partitions the run makes, and records each of them.
    named_by_run: bool
    # The rows that this run loaded of each slice.
    rows: Counter[int] = field(default_factory=Counter)

    def of(self, chunk: Chunk) -> int:
        """The slice that a chunk belongs to; each chunk is in one."""
        return slice_of(chunk, len(self.names))

    def wants(self, chunk: Chunk) -> bool:
        """Whether the run loads the slice that a chunk is in."""
        return self.of(chunk) in self.chosen

    def counted(self, tell: Noted) -> Noted:
        """What is told of a chunk, and its rows counted by slice."""

        def count(chunk: Chunk, ready: Ready) -> None:
            tell(chunk, ready)
            self.rows[self.of(chunk)] += ready.loaded.rows

        return count


def slices_of(context: dg.AssetExecutionContext, names: Sequence[str]) -> Slices:
    """The slices that the run names; all of them where it names none."""
    everything = frozenset(range(len(names)))
    named = len(names) > 1 and (context.has_partition_key or context.has_partition_key_range)
    chosen = {names.index(key) for key in context.partition_keys} if named else everything
    return Slices(names=tuple(names), chosen=frozenset(chosen), named_by_run=named)


def slice_of(chunk: Chunk, slices: int) -> int:
    """The slice that a chunk belongs to; each chunk is in one."""
    return chunk.number * slices // chunk.of


def materialized(
    context: dg.AssetExecutionContext,
    opened: Opened,
    tables: Sequence[LockedTable],
    names: Names,
    slice_names: Sequence[str],
) -> Iterator[dg.MaterializeResult[None]]:
    """Load tables, small ones together; yields what Dagster is to know of each."""
    leaves = leaves_by_root(opened.copy)
    by_name = {table.qualified: table for table in tables}
    slices = slices_of(context, slice_names)
    # Of tables whose rows stay, or of which no row is copied, there is nothing to wait for.
    done = {name: dict(_kept(context, opened, leaves, by_name[name], names)) for name in by_name}
    plans = [
        plan for name in by_name for plan in leaves.get(name, ()) if plan.name not in done[name]
    ]

    def tell(plan: TablePlan) -> Noted:
        key = names.target(by_name[opened.copy.root_of(plan)])
        share = len(slices.chosen) / len(slices.names)
        return slices.counted(told(context, opened, key, plan, share))

    started = time.monotonic()
    for name in [name for name in by_name if len(done[name]) == len(leaves.get(name, ()))]:
        yield _result(opened, by_name[name], names, leaves.get(name, ()), done[name], 0)
    for plan, loaded in load_many(opened, plans, tell, slices.wants):
        name = opened.copy.root_of(plan)
        done[name][plan.name] = loaded
        if len(done[name]) == len(leaves[name]):
            # Small tables are committed together: each has the time that its own rows took.
            wall, started = time.monotonic() - started, time.monotonic()
            own = sum(each.seconds for each in done[name].values())
            _record_slices(context, opened, names.target(by_name[name]), slices)
            yield _result(
                opened,
                by_name[name],
                names,
                leaves[name],
                done[name],
                own if len(by_name) > 1 else wall,
            )


def _kept(
    context: dg.AssetExecutionContext,
    opened: Opened,
    leaves: Mapping[str, Sequence[TablePlan]],
    table: LockedTable,
    names: Names,
) -> Iterator[tuple[str, Loaded]]:
    """What was loaded before of a table whose rows stay."""
    for plan in leaves.get(table.qualified, ()):
        if opened.keeps(plan):
            yield plan.name, loaded_before(context, names.target(table), plan)


def _record_slices(
    context: dg.AssetExecutionContext, opened: Opened, key: dg.AssetKey, slices: Slices
) -> None:
    """Record each slice as a partition that was made, where the run does not name partitions."""
    if len(slices.names) == 1 or slices.named_by_run:
        return
    for number, name in enumerate(slices.names):
        made = dg.AssetMaterialization(
            key,
            partition=name,
            metadata=slice_metadata(slices.rows[number]),
            tags={REFRESH_TAG: opened.copy.mark.refresh},
        )
        context.log_event(made)


def _result(
    opened: Opened,
    table: LockedTable,
    names: Names,
    plans: Sequence[TablePlan],
    loaded: Mapping[str, Loaded],
    seconds: float,
) -> dg.MaterializeResult[None]:
    copy, hidden = opened.copy, opened.connections.names
    return dg.MaterializeResult(
        asset_key=names.target(table),
        metadata=table_metadata(opened, table, names, plans, loaded, seconds),
        data_version=dg.DataVersion(version_of(copy, hidden, opened.earlier.counters, plans)),
        tags={REFRESH_TAG: copy.mark.refresh},
    )
