"""Asset checks: what is proved about a copy before anybody may use it."""

from __future__ import annotations

import dagster as dg

from privaci_core.postgres import session
from privaci_core.probe import row_counts
from privaci_dagster.assets import CONSTRAINTS
from privaci_dagster.errors import told
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
            with session(copy.ends.target, autocommit=True) as target:
                counts = {table.name: row_counts(copy.source, target, table) for table in copy.plan.tables}
        different = {name: list(pair) for name, pair in counts.items() if pair[0] != pair[1]}
        return dg.AssetCheckResult(
            passed=not different, metadata={"tables": len(counts), "different": dg.MetadataValue.json(different)}
        )

    return same_rows
