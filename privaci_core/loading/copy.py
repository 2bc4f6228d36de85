"""What a copy is to do, in values alone: addresses, the snapshot, the plan, the refresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.loading.worker import Ends
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.policy import Policy
    from privaci_core.stores.sink import FileSink
    from privaci_core.stream.copy_table import Loaded
    from privaci_core.target.cuts import Cut
    from privaci_core.target.swap import Beside
    from privaci_core.target.unfinished import Unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which parts of the source's schema the target gets, and how many connections may read."""

    acl: bool = True
    publications: bool = True
    # How many connections may read the source at once. Rows do not depend on it, so it is not in
    # `repr`, which is part of a refresh's fingerprint.
    connections: int | None = field(default=None, repr=False)

    @property
    def of_dump(self) -> tuple[str, ...]:
        """The options of pg_dump that skip the other parts."""
        switches = (("--no-acl", self.acl), ("--no-publications", self.publications))
        return tuple(switch for switch, included in switches if not included)


EVERYTHING = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a snapshot into a target; nothing in it changes while the copy runs."""

    ends: Ends
    # The published target; rows go to `ends.target`, which may be a database to be swapped in.
    live: str = field(repr=False)
    policy: Policy
    catalog: Catalog
    plan: Plan
    options: Options = EVERYTHING
    # The refresh, as the target records it until it is published.
    mark: Unfinished
    # The tables of a published target that are loaded, by the names of their roots; none: all.
    selection: frozenset[str] = frozenset()
    # Of a selection: the plan of the whole policy. No new row may hold an original of any table.
    policy_plan: Plan | None = None
    # Where files go that are published with the target, if the policy asks for any.
    files: FileSink | None = None
    # How large tables are cut, by name; all processes of a refresh cut them alike.
    cuts: Mapping[str, Cut] = field(default_factory=dict)

    @property
    def searched_plan(self) -> Plan:
        """The plan whose masked columns have the originals that are searched."""
        return self.policy_plan or self.plan

    @property
    def is_beside(self) -> bool:
        """Whether rows are loaded into a database beside the target."""
        return self.live != self.ends.target

    @property
    def swaps(self) -> bool:
        """Whether the database beside the target takes its place."""
        return self.is_beside and not self.selection

    @property
    def word(self) -> Beside:
        """What the name of the database beside the target ends with."""
        return "tables" if self.selection else "next"

    def root_of(self, table: TablePlan) -> str:
        """The partitioned table that a partition belongs to, as the lock file names it."""
        return self.catalog.root(self.relation_of(table)).qualified

    def relation_of(self, table: TablePlan) -> Relation:
        """The table itself, as the source's catalog has it."""
        return self.catalog.by_name[table.name]


def leaves_by_root(copy: Copy) -> dict[str, list[TablePlan]]:
    """The plans of each table, by the name of its root: one, or one for each partition."""
    leaves: dict[str, list[TablePlan]] = {}
    for plan in copy.plan.tables:
        leaves.setdefault(copy.root_of(plan), []).append(plan)
    return leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a copy did, in counts and names alone."""

    tables: dict[str, Loaded]
    notes: tuple[str, ...]
    masked_columns: int
    seconds: float
