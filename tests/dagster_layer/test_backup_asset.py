"""The asset of backups dumps a published target, and its check restores the dump."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from dagster_layer.runs import project_in, refresh
from substrate.databases import run

from privaci_core.baselines.backups import backups
from privaci_dagster.backup_asset import JOB
from privaci_dagster.build import build_definitions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster


def test_a_backup_is_taken_and_tried(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check passes for a backup of proved rows, and fails for one of changed rows."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
    plain = project_in(tmp_path, source_db, target_db)
    project = replace(plain, store=f"file://{tmp_path}/kept")
    assert refresh(project, instance, monkeypatch).success
    job = build_definitions(project).resolve_job_def(JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    verdicts = []
    for change in ("SELECT", "DELETE FROM visit WHERE id = 1"):
        run(target_db, change)
        done = job.execute_in_process(run_config=quiet, instance=instance, raise_on_error=False)
        assert done.success
        verdicts += [check.passed for check in done.get_asset_check_evaluations()]
    assert verdicts == [True, False]
    assert len(backups(project.object_store())) == 1
