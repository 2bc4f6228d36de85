"""Builds the asset of backups: each materialization is a dump of the published target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_dagster.asset_keys import CLOSING, REFRESH_TAG
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.legal_names import waiting_for
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_ids import proof_finder
from privaci_dagster.stale import stale_after

if TYPE_CHECKING:
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

# The names of the jobs and of the check, before a prefix.
JOB, DRILL_JOB, RESTORES = "backup", "drill", "backup_restores"


def build_backup(project: Project, names: Names) -> dg.AssetsDefinition:
    """The asset: what its job makes, by its schedule."""

    @dg.asset(
        key=names.backup,
        ins=waiting_for([names.published]),
        group_name=names.of(CLOSING),
        kinds={"postgres"},
        owners=list(project.owners),
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=stale_after(project.backup_cron)
        ),
    )
    def backup() -> dg.MaterializeResult[None]:
        """A dump of the published target in the store; restore one: privaci backup restore."""
        # The driver, where a run needs it.
        from privaci_core.baselines import backups as kept  # noqa: PLC0415

        with errors_as_failures("Backing up the target"):
            root = dg.AssetExecutionContext.get().instance.root_directory
            store, keep = project.object_store(), kept.Keep.of(project.keep)
            with project.target() as dsn:
                taken = kept.back_up(
                    dsn,
                    store,
                    may_be_plain=not project.encrypt,
                    find_proof=proof_finder(proofs_in(root, project.environ), project.environ),
                )
            gone = kept.expired(kept.backups(store), keep)
            kept.drop_backups(store, gone)
            metadata = {
                "backup": dg.MetadataValue.text(taken.id),
                "bytes": dg.MetadataValue.int(taken.dump.bytes),
                "encrypted": dg.MetadataValue.bool(taken.is_encrypted),
                "proof": dg.MetadataValue.text(taken.proof.sha256 if taken.proof else ""),
                "removed": dg.MetadataValue.json([each.id for each in gone]),
            }
            return dg.MaterializeResult(metadata=metadata, tags={REFRESH_TAG: taken.refreshes[-1]})

    return backup


def build_drill(project: Project, names: Names) -> dg.AssetChecksDefinition:
    """The check that restores the newest backup into a scratch database."""

    @dg.asset_check(asset=names.backup, name=RESTORES)
    def backup_restores() -> dg.AssetCheckResult:
        """The newest backup restores, and every row of it is the one that was proved."""
        from privaci_core.baselines.restore_backup import drill  # noqa: PLC0415 - as above

        with errors_as_failures("Trying the newest backup"):
            with project.target() as dsn:
                found = drill(dsn, project.object_store(), scratch=project.scratch_dsn)
            metadata = {
                "backup": dg.MetadataValue.text(found.backup.id),
                "differences": dg.MetadataValue.json(dict(found.wrong)),
            }
            return dg.AssetCheckResult(passed=not found.wrong, metadata=metadata)

    return backup_restores


def build_backup_job(project: Project, names: Names) -> dg.UnresolvedAssetJobDefinition:
    """The job that takes a backup, and tries it unless that has a time of its own."""
    taken = dg.AssetSelection.assets(names.backup)
    return dg.define_asset_job(
        names.of(JOB),
        selection=taken.without_checks() if project.drill_cron else taken,
        description="Dumps the published target into the store, and restores the dump to try it"
        " unless `drill_cron` says when.",
    )


def build_drill_job(
    drill: dg.AssetChecksDefinition, names: Names
) -> dg.UnresolvedAssetJobDefinition:
    """The job that tries the newest backup."""
    return dg.define_asset_job(
        names.of(DRILL_JOB),
        selection=dg.AssetSelection.checks(drill),
        description="Restores the newest backup into a scratch database, and compares its rows.",
    )
