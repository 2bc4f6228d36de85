"""Tells Dagster which snapshot of the source is held, by whom and since when; finds it again."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PreflightError
from privaci_core.postgres.snapshot import age_of
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.labels import HELD_BY, HELD_SECONDS, HELD_SINCE, KEEPS, SNAPSHOT

if TYPE_CHECKING:
    from privaci_core.postgres.snapshot import HeldSnapshot
    from privaci_dagster.asset_keys import Names

# The value of PRIVACI_SNAPSHOT that means the snapshot which was reported last.
HELD = "held"
DESCRIPTION = (
    "The snapshot of the source that `privaci snapshot` holds, so that runs in other processes and"
    " on other machines read the same rows. While it is held, vacuum removes no row of the source"
    " that was deleted since."
)


def build_snapshot(names: Names, group: str) -> dg.AssetSpec:
    """The asset of a held snapshot, which a process outside Dagster makes."""
    return dg.AssetSpec(
        names.snapshot, description=DESCRIPTION, group_name=group, kinds={"postgres"}
    )


def report_begun(instance: dg.DagsterInstance, names: Names, held: HeldSnapshot) -> None:
    """Report a snapshot when it begins to be held."""
    metadata = lifetime_of(held)
    instance.report_runless_asset_event(
        dg.AssetMaterialization(names.snapshot, metadata=metadata, description="held")
    )


def report_lifetime(instance: dg.DagsterInstance, names: Names, held: HeldSnapshot) -> None:
    """Report how long a snapshot has been held, and what it costs the source."""
    metadata = lifetime_of(held)
    instance.report_runless_asset_event(
        dg.AssetObservation(names.snapshot, metadata=metadata, description="held")
    )


def report_ended(instance: dg.DagsterInstance, names: Names, held: HeldSnapshot) -> None:
    """Report that a snapshot is not held any more."""
    instance.report_runless_asset_event(
        dg.AssetObservation(names.snapshot, metadata={SNAPSHOT: held.name}, description="ended")
    )


def lifetime_of(held: HeldSnapshot) -> dict[str, dg.MetadataValue | str]:
    """Since when a snapshot is held, by which process of which machine, and what it keeps."""
    seconds, transactions = age_of(held)
    return {
        SNAPSHOT: held.name,
        HELD_SINCE: dg.MetadataValue.timestamp(held.since),
        HELD_BY: f"process {os.getpid()} on {platform.node()},"
        f" session {held.session} of the server",
        HELD_SECONDS: dg.MetadataValue.int(seconds),
        KEEPS: dg.MetadataValue.int(transactions),
    }


def snapshot_named(named: str, instance: dg.DagsterInstance | None, names: Names) -> str:
    """The snapshot that a variable names: itself, or the one that was reported last."""
    if named != HELD:
        return named
    made = last_materialization(instance, names.snapshot) if instance else None
    if made is None:
        raise PreflightError(
            "Looking for the snapshot that is held",
            "none was reported to this Dagster storage",
            "Hold one: privaci snapshot, with the same DAGSTER_HOME or storage.",
            "docs/how-to/scale.md",
        )
    return str(values_of(made.metadata)[SNAPSHOT])
