"""Holds what all assets of one database have in common."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_dagster.refresh import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_dagster.asset_keys import Names

# A backfill over many slices is one run, so that one command line is a whole refresh.
ONE_RUN = dg.BackfillPolicy.single_run()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSettings:
    """The names and owners of one database's assets."""

    names: Names
    owners: tuple[str, ...] = ()

    def asset(
        self, key: dg.AssetKey, group: str = "target", **more: Any
    ) -> Callable[..., dg.AssetsDefinition]:
        """Decorate a function that materializes an asset with the run's copy."""
        # We test with the versions of Dagster that we allow, so its warning that `backfill_policy`
        # is in beta tells our users nothing. Those of other assets stay.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*is currently in beta.*")
            decorate: Callable[..., dg.AssetsDefinition] = dg.asset(
                key=key,
                group_name=self.names.of(group),
                kinds={"postgres"},
                owners=list(self.owners),
                backfill_policy=ONE_RUN,
                required_resource_keys={self.names.of(RESOURCE)},
                **more,
            )
        return decorate
