"""What an earlier run left in the target, and what shows whether its rows can stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.target.unfinished import Unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRun:
    """Whether this run resumes an earlier one, and what shows which rows can stay."""

    resumes: bool = False
    # The unfinished mark that the target carried when it was opened, of this refresh or of another.
    found: Unfinished | None = None
    # Write counters of the source's tables, read just before the snapshot.
    counters: WriteCounters = field(default_factory=dict, repr=False)
    # The same, read after the snapshot; only a run that resumes needs them.
    counters_since: WriteCounters = field(default_factory=dict, repr=False)
    # Tables, by the names of their roots, whose rows a new load would only write again.
    unchanged: frozenset[str] = frozenset()


def counter_of(counters: WriteCounters, table: TablePlan) -> str:
    """What stays the same while a table's rows do, and which of them are copied; empty: unknown."""
    counter = counters.get((table.schema, table.relation), "")
    return f"{counter}{table.chosen}" if counter else ""
