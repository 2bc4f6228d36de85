"""The asset of baselines keeps a published target, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.runs import project_in, refresh
from substrate.databases import run
from substrate.judge import checksums

from privaci_core.baselines.kept import listed
from privaci_core.baselines.restore import restore
from privaci_dagster.baseline_asset import BASELINES, JOB
from privaci_dagster.build import build_definitions
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster


def taken(project: Project, instance: Any, name: str) -> Any:
    """Materialize one partition."""
    instance.add_dynamic_partitions(BASELINES, [name])
    job = build_definitions(project).resolve_job_def(JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(
        run_config=quiet, instance=instance, partition_key=name, raise_on_error=False
    )


def test_a_partition_is_a_baseline_of_the_published_target(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a publication it fails in a sentence; after it, the partition can be restored."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
    plain = project_in(tmp_path, source_db, target_db)
    project = replace(plain, store=f"file://{tmp_path}/kept")
    early = taken(project, instance, "early")
    assert not early.success
    assert "no refresh has published it" in str(first_failure(early))
    assert refresh(project, instance, monkeypatch).success
    done = taken(project, instance, "golden")
    assert done.success
    (made,) = done.asset_materializations_for_node("target__baseline")
    assert made.partition == "golden"
    assert made.metadata["dagster/row_count"].value == 2
    store, before = project.object_store(), checksums(target_db)
    assert [each.id for each in listed(store)] == ["golden"]
    run(target_db, "DELETE FROM visit")
    restore(target_db, store)
    assert checksums(target_db) == before


def test_a_project_without_a_store_has_no_baselines(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """The graph shows what can be made."""
    project = project_in(tmp_path, source_db, target_db)
    key = dg.AssetKey(["target", "baseline"])
    assert key not in build_definitions(project).resolve_asset_graph().get_all_asset_keys()
    stored = replace(project, store="memory:///kept", prefix="shop")
    graph = build_definitions(stored).resolve_asset_graph()
    named = dg.AssetKey(["shop", "target", "baseline"])
    assert graph.get(named).parent_keys == {dg.AssetKey(["shop", "target", "published"])}
