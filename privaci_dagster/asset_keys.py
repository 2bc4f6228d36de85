"""Names that parts of a graph share; a prefix tells databases in one code location apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_dagster.legal_names import legal

if TYPE_CHECKING:
    from privaci_core.catalog.lock_file import LockedTable

# On runs and events: which refresh they belong to.
REFRESH_TAG = "privaci/refresh"
# On a run: it resumes a refresh or fails, and never begins one.
RESUME_TAG = "privaci/go-on"
# On a run over some tables: which relatives come along, `parents`, `children` or both.
WITH_TAG = "privaci/with"
# On a run: it does not load tables whose rows would be the same again.
KEEP_UNCHANGED_TAG = "privaci/unchanged"
# Dagster's own, on each run of a backfill.
BACKFILL_TAG = "dagster/backfill"
# On a run: the policy's fingerprint, the source's snapshot, and what started it.
POLICY_TAG, SNAPSHOT_TAG, FROM_TAG = "privaci/policy", "privaci/snapshot", "privaci/from"
# The groups of the steps before and after the tables: the graph reads from left to right.
OPENING, CLOSING = "opening", "closing"
# Of the assets of scenarios, behind the published target.
TEST_DATA = "test_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one database's graph."""

    # Precedes every asset's key and every other name; empty where there is one database.
    prefix: str = ""

    @property
    def schema(self) -> dg.AssetKey:
        """The asset that opens a refresh."""
        return self._key("target", "schema")

    @property
    def constraints(self) -> dg.AssetKey:
        """The asset that completes the target after its rows; it carries the checks."""
        return self._key("target", "constraints")

    @property
    def published(self) -> dg.AssetKey:
        """The asset that people wait for."""
        return self._key("target", "published")

    @property
    def baseline(self) -> dg.AssetKey:
        """The published target as it is kept in a store."""
        return self._key("target", "baseline")

    @property
    def backup(self) -> dg.AssetKey:
        """The published target as a dump in a store."""
        return self._key("target", "backup")

    @property
    def snapshot(self) -> dg.AssetKey:
        """The snapshot of the source that a process holds for others."""
        return self._key("source", "snapshot")

    @property
    def test_data(self) -> dg.AssetKey:
        """Stands for requests of scenarios that there are none of."""
        return self._key(TEST_DATA)

    def scenario(self, scenario: str) -> dg.AssetKey:
        """The test data of a scenario."""
        return self._key(TEST_DATA, scenario)

    def source(self, table: LockedTable) -> dg.AssetKey:
        """A table of the source."""
        return self._key("source", table.schema, table.name)

    def target(self, table: LockedTable) -> dg.AssetKey:
        """A table of the target."""
        return self._key("target", table.schema, table.name)

    def of(self, word: str) -> str:
        """The name of a job, a schedule, a sensor, a group or a resource."""
        return f"{self.prefix}_{word}" if self.prefix else word

    def group(self, side: str, schema: str) -> str:
        """The group of a schema's tables: the target's bears the schema's own name."""
        word = legal(schema)
        return self.of(f"source_{word}" if side == "source" else word)

    def _key(self, *path: str) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, *path] if self.prefix else [*path])
