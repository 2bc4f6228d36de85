"""Builds the asset that publishes a checked target and writes its audit trail and proof."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.errors import CopyError
from privaci_dagster.asset_keys import CLOSING, REFRESH_TAG
from privaci_dagster.event_log import last_materialization
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.history import history_of, unproved_checks
from privaci_dagster.keep_unchanged import definitions_of
from privaci_dagster.labels import DEFINITIONS, WRITE_COUNTERS
from privaci_dagster.publishing import published_with_proof
from privaci_dagster.refresh import refresh_of
from privaci_dagster.refusal import LATEST_ATTEMPT, latest_attempt

if TYPE_CHECKING:
    from privaci_core.catalog.lock_file import Lock
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.asset_settings import AssetSettings
    from privaci_dagster.history import History
    from privaci_dagster.refresh import Refresh

# A nightly copy that is older than this has missed a night.
FRESH_FOR = timedelta(hours=36)


def build_published(lock: Lock, settings: AssetSettings) -> dg.AssetsDefinition:
    """The asset that people wait for."""
    fresh = dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR)

    @settings.asset(
        settings.names.published,
        CLOSING,
        deps=[settings.names.constraints],
        freshness_policy=fresh,
        check_specs=[latest_attempt(settings.names)],
    )
    # Dagster does not know the annotation with its type argument where an asset has a check.
    def published() -> dg.MaterializeResult:  # type: ignore[type-arg]
        """The published target: all checks passed."""
        with errors_as_failures("Publishing the target"):
            context = dg.AssetExecutionContext.get()
            refresh = refresh_of(context, settings.names)
            if refresh.open_copy().copy.selection:
                metadata = _published_by_its_tables(context, settings.names)
            else:
                metadata = _publish(context, refresh, lock, settings)
            return dg.MaterializeResult(
                metadata=metadata,
                check_results=[dg.AssetCheckResult(check_name=LATEST_ATTEMPT, passed=True)],
                tags={REFRESH_TAG: refresh.open_copy().copy.mark.refresh},
            )

    return published


def _publish(
    context: dg.AssetExecutionContext, refresh: Refresh, lock: Lock, settings: AssetSettings
) -> dict[str, Any]:
    """Publish the target; returns what the proof and the next refresh need to know."""
    copy, names = refresh.open_copy().copy, settings.names
    definitions = {DEFINITIONS: definitions_of(copy)} if refresh.keeps_unchanged else {}
    history = history_of(context, copy, lock, names)
    _refuse_unproved(history)
    metadata, counters = published_with_proof(context, refresh, history, names)
    return {**metadata, **definitions, WRITE_COUNTERS: dg.MetadataValue.json(counters)}


def _published_by_its_tables(
    context: dg.AssetExecutionContext, names: Names
) -> dict[str, dg.MetadataValue[Any]]:
    """What the run's tables told of the publication when their rows were exchanged."""
    made = last_materialization(context.instance, names.published)
    return dict(made.metadata) if made else {}


def _refuse_unproved(history: History) -> None:
    """Refuse to publish a target whose own checks did not all pass, whatever ran before."""
    unproved = unproved_checks(history)
    if unproved:
        raise CopyError(
            f"Publishing the refresh {history.refresh}",
            f"{', '.join(unproved)} did not pass since target/constraints was made",
            "Run the checks with target/published: privaci resume.",
        )
