"""Asset checks: what is proved about a copy before anybody may use it."""

from __future__ import annotations

import dagster as dg

from privaci_core.copy_database import differing_rows
from privaci_dagster.errors import told
from privaci_dagster.names import CONSTRAINTS
from privaci_dagster.refresh import Refresh


def build_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of a refresh."""
    return [_same_rows()]


def _same_rows() -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=CONSTRAINTS, blocking=True)
    def same_rows(refresh: Refresh) -> dg.AssetCheckResult:
        """Every table holds as many rows as the snapshot of the source that it was read from."""
        with told():
            copy = refresh.copy_under_way()
            different = {name: list(pair) for name, pair in differing_rows(copy).items()}
        return dg.AssetCheckResult(
            passed=not different,
            metadata={"tables": len(copy.plan.tables), "different": dg.MetadataValue.json(different)},
        )

    return same_rows
