"""Projects and refreshes for the tests of the Dagster layer."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, write_lock
from privaci_core.postgres.session import source_session
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import dagster as dg
    import pytest

SALT = "the salt of the test suite, long enough"
NOTHING_MASKED = 'version: "1.0"\nauto_detect: false\n'


def project_in(folder: Path, source: str, target: str, policy: str = NOTHING_MASKED) -> Project:
    """A project whose lock file is read from the source."""
    (folder / "mask-rules.yaml").write_text(policy)
    with source_session(source) as connection:
        write_lock(lock_of(read_catalog(connection)), folder / "privaci.lock.json")
    return Project(
        policy_path=folder / "mask-rules.yaml",
        lock_path=folder / "privaci.lock.json",
        environ={"SOURCE_DB_URL": source, "TARGET_DB_URL": target, "ANONYMIZATION_SALT": SALT},
    )


def refresh(
    project: Project,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    tags: Mapping[str, str] | None = None,
) -> Any:
    """Run the refresh job in this process."""
    environ = {**os.environ, **project.environ}
    # The run must take its values from the project: the process has none.
    for name in project.environ:
        monkeypatch.delenv(name, raising=False)
    job = build_definitions(replace(project, environ=environ)).resolve_job_def(REFRESH_JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(
        run_config=quiet, instance=instance, tags=tags or {}, raise_on_error=False
    )


def records_of(instance: Any, run_id: str) -> Any:
    """Everything that Dagster stored about a run."""
    return instance.get_records_for_run(run_id, limit=10_000).records
