"""Names that several parts of the graph share; two databases in one code location differ by their prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.lock_file import slice_names

if TYPE_CHECKING:
    from privaci_core.catalog.lock_file import LockedTable

# By this tag the runs and events of one refresh are found.
REFRESH_TAG = "privaci/refresh"
# A run with this one refuses to begin a refresh: it goes on with one, or fails.
GO_ON_TAG = "privaci/go-on"
# With this one tables stay that a new load would bring the same rows to.
UNCHANGED_TAG = "privaci/unchanged"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of one database's graph are called."""

    # Stands before every asset's key and every other name; empty where there is one database.
    prefix: str = ""

    @property
    def schema(self) -> dg.AssetKey:
        """The asset that opens a refresh."""
        return self._key("target", "schema")

    @property
    def constraints(self) -> dg.AssetKey:
        """The asset that completes the target behind its rows; the checks are its."""
        return self._key("target", "constraints")

    @property
    def published(self) -> dg.AssetKey:
        """The asset that people wait for."""
        return self._key("target", "published")

    def source(self, table: LockedTable) -> dg.AssetKey:
        """Where a table is in the graph before it is copied."""
        return self._key("source", table.schema, table.name)

    def target(self, table: LockedTable) -> dg.AssetKey:
        """Where a table is in the graph once it is copied."""
        return self._key("target", table.schema, table.name)

    def of(self, word: str) -> str:
        """The name of a job, a schedule, a sensor, a group or a resource."""
        return f"{self.prefix}_{word}" if self.prefix else word

    def _key(self, *path: str) -> dg.AssetKey:
        return dg.AssetKey([self.prefix, *path] if self.prefix else [*path])


def range_of(slices: int) -> dict[str, str]:
    """The tags of a run over all of them."""
    names = slice_names(slices)
    return {RANGE_START: names[0], RANGE_END: names[-1]}
