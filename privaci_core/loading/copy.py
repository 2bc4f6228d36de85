"""What a copy is while it is under way: both ends, the one moment that everybody reads, and what is to happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as PipeEnd

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.loading.sessions import Sessions
    from privaci_core.loading.worker import Ends
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection
    from privaci_core.postgres.write_counters import States
    from privaci_core.stream.copy_table import Loaded
    from privaci_core.target.advisory_lock import Hold
    from privaci_core.target.unfinished import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What of the source's schema the target is to have."""

    acl: bool = True
    publications: bool = True
    # How many connections may read the source at once; says nothing about the result.
    connections: int | None = field(default=None, repr=False)

    @property
    def of_dump(self) -> tuple[str, ...]:
        """The options of pg_dump that leave the rest out."""
        left_out = (("--no-acl", self.acl), ("--no-publications", self.publications))
        return tuple(option for option, wanted in left_out if not wanted)


EVERYTHING = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy under way: both ends, the one moment of the source that everybody reads, and what is to happen."""

    ends: Ends
    source: Connection = field(repr=False)
    policy: Policy
    catalog: Catalog
    plan: Plan
    # The target that people use; where a copy is swapped in, rows go into another database until then.
    live: str = field(repr=False)
    options: Options = EVERYTHING
    # Processes that load chunks side by side; none where all tables are small.
    workers: tuple[PipeEnd, ...] = field(default=(), repr=False)
    # By which this process loads what no worker does.
    sessions: Sessions = field(repr=False)
    # Whose refresh of the target this is, whether it goes on with an earlier run's, and the mark that was there.
    mark: Mark
    resumes: bool = False
    found: Mark | None = None
    # None where nothing is written.
    hold: Hold | None = field(default=None, repr=False)
    # The counters of the source's tables as they were before the moment that everybody reads, and since.
    states: States = field(default_factory=dict, repr=False)
    states_since: States = field(default_factory=dict, repr=False)
    # Tables, by the names of their roots, whose rows an earlier refresh brought and that would be the same again.
    kept: frozenset[str] = frozenset()

    def root_of(self, table: TablePlan) -> str:
        """The table that a partition belongs to, as the lock file and the graph name it."""
        return self.catalog.root(self.catalog.by_name[table.name]).qualified

    def keeps(self, table: TablePlan) -> bool:
        """Whether a table, or the partitioned table that it belongs to, stays as it is in the target."""
        return self.root_of(table) in self.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a copy did, in counts and names alone."""

    tables: dict[str, Loaded]
    notes: tuple[str, ...]
    masked_columns: int
    seconds: float
