"""Holds what all assets of one database have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_dagster.beta import without_beta_warning
from privaci_dagster.legal_names import waiting_for
from privaci_dagster.refresh import RESOURCE
from privaci_dagster.timetable import condition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from privaci_core.catalog.lock_file import LockedTable
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.table_notes import TableNotes

# A backfill over many slices is one run, so that one command line is a whole refresh.
ONE_RUN = dg.BackfillPolicy.single_run()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSettings:
    """The names and owners of one database's assets."""

    names: Names
    # What the policy file says of tables.
    notes: TableNotes
    owners: tuple[str, ...] = ()
    # When tables are loaded by themselves, by pattern of their names; in which time zone.
    automation: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    # How many slices one run of a backfill loads; None for all.
    slices_per_run: int | None = None

    def condition_of(self, table: LockedTable) -> dg.AutomationCondition[Any] | None:
        """When a table is loaded by itself; None where only runs that are started load it."""
        return condition_of(table.qualified, self.automation, self.timezone)

    def asset(
        self, key: dg.AssetKey, group: str, deps: Iterable[dg.AssetKey] = (), **more: Any
    ) -> Callable[..., dg.AssetsDefinition]:
        """Decorate a function that materializes an asset with the run's copy."""
        with without_beta_warning():
            decorate: Callable[..., dg.AssetsDefinition] = dg.asset(
                key=key,
                ins=waiting_for(deps),
                group_name=self.names.of(group),
                kinds={"postgres"},
                owners=list(self.owners),
                backfill_policy=ONE_RUN,
                required_resource_keys={self.names.of(RESOURCE)},
                **more,
            )
        return decorate

    def multi_asset(self, **more: Any) -> Callable[..., dg.AssetsDefinition]:
        """Decorate a function that materializes those of its assets that a run selects."""
        sliced = more.get("partitions_def") is not None
        with without_beta_warning():
            decorate: Callable[..., dg.AssetsDefinition] = dg.multi_asset(
                can_subset=True,
                backfill_policy=self._of_slices if sliced else ONE_RUN,
                required_resource_keys={self.names.of(RESOURCE)},
                **more,
            )
        return decorate

    @property
    def _of_slices(self) -> dg.BackfillPolicy:
        """How a backfill of a sliced table is spread over runs, and so over machines."""
        if self.slices_per_run is None:
            return ONE_RUN
        return dg.BackfillPolicy.multi_run(self.slices_per_run)
