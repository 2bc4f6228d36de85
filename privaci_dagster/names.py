"""Names that several parts of the graph share."""

from __future__ import annotations

import dagster as dg

SCHEMA = dg.AssetKey(["target", "schema"])
CONSTRAINTS = dg.AssetKey(["target", "constraints"])
PUBLISHED = dg.AssetKey(["target", "published"])
# By this tag the runs and events of one refresh are found.
REFRESH_TAG = "privaci/refresh"
# A run with this one refuses to begin a refresh: it goes on with one, or fails.
GO_ON_TAG = "privaci/go-on"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def slice_names(slices: int) -> list[str]:
    """The partitions of every table."""
    return [f"{number:02d}" for number in range(slices)]


def range_of(slices: int) -> dict[str, str]:
    """The tags of a run over all of them."""
    names = slice_names(slices)
    return {RANGE_START: names[0], RANGE_END: names[-1]}
