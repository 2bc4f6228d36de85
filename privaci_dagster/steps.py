"""Decides which step loads which tables: small ones travel together, large ones alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_dagster.legal_names import legal_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.lock_file import Lock, LockedTable
    from privaci_dagster.asset_keys import Names

# Dagster stores some events for each step, so a step of its own costs a small table more than its
# rows do. Steps of no more tables than this can still be spread over processes.
MOST_TOGETHER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the graph: its name, its tables, and whether they are loaded in slices."""

    name: str
    tables: tuple[LockedTable, ...]
    # The name of each table's output, by the table's name.
    outputs: dict[str, str]
    sliced: bool = False


def steps_of(lock: Lock, names: Names) -> list[Step]:
    """The steps that load tables: small tables in the order of their names, then each large one."""
    by_name = {table.qualified: legal_name((table.schema, table.name)) for table in lock.tables}

    def step(name: str, tables: Sequence[LockedTable], *, sliced: bool = False) -> Step:
        named = {table.qualified: by_name[table.qualified] for table in tables}
        return Step(name=name, tables=tuple(tables), outputs=named, sliced=sliced)

    together = [table for table in lock.tables if table.travels == "together"]
    batches = [together[at : at + MOST_TOGETHER] for at in range(0, len(together), MOST_TOGETHER)]
    steps = [
        step(names.of(f"small_tables_{number}"), batch)
        for number, batch in enumerate(batches, start=1)
    ]
    return steps + [
        step(names.of(f"target__{by_name[table.qualified]}"), [table], sliced=_in_slices(table))
        for table in lock.tables
        if table.travels != "together"
    ]


def _in_slices(table: LockedTable) -> bool:
    return table.travels == "slices"
