"""Builds the checks and the sensor that compare the source with its lock file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator  # noqa: TC003 - Dagster reads annotations
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, shape_fingerprint
from privaci_core.plan.detectors import detected, detectors, drift_and_detected
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_dagster.drift import AS_REVIEWED, news, results_of, specs_of
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.legal_checks import checks_of_tables
from privaci_dagster.refresh import RESOURCE, refresh_of

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.catalog.lock_file import Lock
    from privaci_core.plan.drift import Change
    from privaci_core.postgres.session import Connection
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

WATCHES = (
    "Compares the source with the lock file, and tells each table's check as_reviewed of a change;"
    " a refresh stops at one that needs a review. Rows are sampled only if the shape has changed."
)
NEW_TABLES = "The source has no table that the lock file lacks."
CHECK_SECONDS = 300
AS_BEFORE = "the source has the shape of the last look"


def build_drift_checks(
    project: Project, lock: Lock, names: Names
) -> list[dg.AssetChecksDefinition]:
    """A check of each table of the source, to be run by hand; the sensor and runs report to it."""

    @checks_of_tables(
        names.of("drift_of_tables"),
        specs_of(lock, names),
        waits_for=map(names.source, lock.tables),
    )
    def drift_of_tables() -> Iterator[dg.AssetCheckResult]:
        with errors_as_failures("Comparing tables with the lock file"):
            chosen = dg.AssetCheckExecutionContext.get().selected_asset_check_keys
            results = results_of(changes_of(project), read_lock(project.lock_path), names)
            for key in chosen:
                yield _result(results[key.asset_key])

    return [drift_of_tables] if lock.tables else []


def build_new_tables_check(names: Names) -> dg.AssetChecksDefinition:
    """The check of tables that have no asset; it says what the run itself has found."""

    @dg.asset_check(
        asset=names.schema,
        name=AS_REVIEWED,
        description=NEW_TABLES,
        required_resource_keys={names.of(RESOURCE)},
    )
    def new_tables() -> dg.AssetCheckResult:
        with errors_as_failures("Comparing the source with the lock file"):
            refresh = refresh_of(dg.AssetCheckExecutionContext.get(), names)
            refresh.open_copy()
            lock = read_lock(Path(refresh.lock_path))
            return _result(results_of(refresh.changes, lock, names)[names.schema])

    return new_tables


def build_drift_sensor(project: Project, names: Names) -> dg.SensorDefinition:
    """The sensor that reports how the source differs from the lock file, each change once."""

    @dg.sensor(name=names.of("drift"), minimum_interval_seconds=CHECK_SECONDS, description=WATCHES)
    def check_drift(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Report tables, columns and keys that changed, and what the policy does with them."""
        try:
            with (
                errors_as_failures("Watching the source"),
                project.source() as dsn,
                source_session(dsn) as source,
            ):
                catalog = read_catalog(source)
                shape = _shape_of(project, catalog)
                if shape == context.cursor:
                    return dg.SkipReason(AS_BEFORE)
                lock = read_lock(project.lock_path)
                changes = _changes(project, source, catalog, lock)
                events = list(news(context.instance, results_of(changes, lock, names)))
        except dg.Failure as failure:
            # A source may be down at night; a refresh would fail with the same message.
            return dg.SkipReason(failure.description)
        if events:
            return dg.SensorResult(asset_events=events, cursor=shape)
        context.update_cursor(shape)
        return dg.SkipReason("Dagster knows the state of every table already")

    return check_drift


def changes_of(project: Project) -> tuple[Change, ...]:
    """How the source differs from the project's lock file."""
    with project.source() as dsn, source_session(dsn) as source:
        return _changes(project, source, read_catalog(source), read_lock(project.lock_path))


def _changes(
    project: Project, source: Connection, catalog: Catalog, lock: Lock
) -> tuple[Change, ...]:
    """The changes; rows are sampled only if tables, columns or keys differ at all."""
    if _shapes(lock_of(catalog)) == _shapes(lock):
        return detected()
    return drift_and_detected(lock, catalog, plan_of(source, catalog, project.policy()))


def _shapes(lock: Lock) -> dict[str, tuple[object, ...]]:
    """What drift compares of each table; a lock file notes sizes as well."""
    return {
        table.qualified: (table.columns, table.primary_key, table.references)
        for table in lock.tables
    }


def _shape_of(project: Project, catalog: Catalog) -> str:
    """A digest of what drift depends on beside rows: catalog, detectors, lock file and policy."""
    parts = [shape_fingerprint(catalog).encode(), *(name.encode() for name in detectors())]
    parts += [path.read_bytes() for path in (project.lock_path, project.policy_path)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _result(state: dg.AssetCheckEvaluation) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=state.asset_key,
        check_name=state.check_name,
        passed=state.passed,
        severity=state.severity,
        description=state.description,
        metadata=state.metadata,
    )
