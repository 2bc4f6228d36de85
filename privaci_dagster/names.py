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
