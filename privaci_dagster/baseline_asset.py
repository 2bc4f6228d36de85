"""Builds the asset of baselines: each partition is the published target, kept in a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_dagster.asset_keys import CLOSING, REFRESH_TAG
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.legal_names import waiting_for
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_ids import proof_finder

if TYPE_CHECKING:
    from privaci_core.baselines.manifest import Baseline
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

# The name of the partitions and of the job, before a prefix.
BASELINES, JOB = "baselines", "baseline"


def build_baseline(project: Project, names: Names) -> dg.AssetsDefinition:
    """The asset; a partition's key is the id of a baseline."""

    @dg.asset(
        key=names.baseline,
        ins=waiting_for([names.published]),
        group_name=names.of(CLOSING),
        kinds={"parquet"},
        owners=list(project.owners),
        partitions_def=dg.DynamicPartitionsDefinition(name=names.of(BASELINES)),
    )
    def baseline() -> dg.MaterializeResult[None]:
        """The published target as files in a store; restore one: privaci baseline restore."""
        # The driver and pyarrow, where a run needs them.
        from privaci_core.baselines.snapshot import snapshot  # noqa: PLC0415

        with errors_as_failures("Taking a baseline of the target"):
            context = dg.AssetExecutionContext.get()
            store = project.object_store()
            proofs = proofs_in(context.instance.root_directory, project.environ)
            with project.target() as dsn:
                taken = snapshot(
                    dsn,
                    store,
                    context.partition_key,
                    may_be_plain=not project.encrypt,
                    find_proof=proof_finder(proofs, project.environ),
                )
            return dg.MaterializeResult(
                metadata=_metadata(taken), tags={REFRESH_TAG: taken.refreshes[-1]}
            )

    return baseline


def build_baseline_job(names: Names) -> dg.UnresolvedAssetJobDefinition:
    """The job that takes one baseline; a schedule of your own may start it."""
    return dg.define_asset_job(
        names.of(JOB),
        selection=dg.AssetSelection.assets(names.baseline),
        description="Keeps the published target in the store, under the partition's key.",
    )


def _metadata(taken: Baseline) -> dict[str, dg.MetadataValue]:
    """What the baseline holds, in names and counts."""
    return {
        "dagster/row_count": dg.MetadataValue.int(taken.rows),
        "bytes": dg.MetadataValue.int(taken.bytes),
        "tables": dg.MetadataValue.int(len(taken.tables)),
        "encrypted": dg.MetadataValue.bool(taken.is_encrypted),
        "proof": dg.MetadataValue.text(taken.proof.sha256 if taken.proof else ""),
        "schema fingerprint": dg.MetadataValue.text(taken.fingerprint),
    }
