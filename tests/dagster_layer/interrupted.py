"""A refresh of small tables in several chunks that a test can interrupt, resume and look into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_core.loading import streams
from privaci_core.plan.chunks import block_ranges
from privaci_core.refresh import resume
from privaci_dagster import publishing
from privaci_dagster.asset_keys import REFRESH_TAG, RESUME_TAG
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from privaci_dagster.project import Project

TABLES = """
CREATE TABLE a (id int PRIMARY KEY, who text);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, who text);
CREATE TABLE c (id int, at date, who text) PARTITION BY RANGE (at);
CREATE TABLE c_1 PARTITION OF c FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE c_2 PARTITION OF c FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO a SELECT n, 'who' || n FROM generate_series(1, 20000) AS n;
INSERT INTO b SELECT n, n, 'who' || n FROM generate_series(1, 20000) AS n;
INSERT INTO c SELECT n, date '2020-02-01' + n % 650, 'who' || n FROM generate_series(1, 20000) AS n;
"""


@dataclass
class Refreshes:
    """Refreshes of one project, one after another."""

    source: str
    target: str
    folder: Path
    instance: Any
    monkeypatch: pytest.MonkeyPatch
    # The table and chunk before whose commit the power goes out.
    interrupt_at: tuple[str, int] | None = None
    # Whether each table is cut into four chunks.
    cuts: bool = True
    # The table and number of each chunk that was committed since the last run began.
    loaded: list[tuple[str, int]] = field(default_factory=list)

    def run(
        self,
        policy: str = NOTHING_MASKED,
        *,
        resumes: Any = None,
        interrupt_at: tuple[str, int] | None = None,
    ) -> Any:
        """Run the refresh job, to resume another run's refresh or to begin one."""
        self.interrupt_at = interrupt_at
        self.loaded.clear()
        project = self.project(policy)
        return refresh(project, self.instance, self.monkeypatch, tags_of(resumes))

    def run_job(
        self,
        project: Project,
        tags: Mapping[str, str],
        *,
        selection: list[dg.AssetKey] | None = None,
        interrupt_at: tuple[str, int] | None = None,
    ) -> Any:
        """Run the refresh job with other tags, or a part of it."""
        self.interrupt_at = interrupt_at
        self.loaded.clear()
        job = build_definitions(project).resolve_job_def(REFRESH_JOB)
        return job.execute_in_process(
            instance=self.instance, tags=tags, asset_selection=selection, raise_on_error=False
        )

    def run_to_publication(self) -> Any:
        """A refresh that dies after its last row and its last key."""
        with self.monkeypatch.context() as patch:
            patch.setattr(publishing, "publish_target", lambda *_: 1 / 0)
            died = self.run()
        assert not died.success
        return died

    def project(self, policy: str = NOTHING_MASKED) -> Project:
        """The project, its lock file read from the source."""
        return project_in(self.folder, self.source, self.target, policy)

    def change(self, statement: str) -> None:
        """Write to the source, and to its write counters."""
        with psycopg.connect(self.source, autocommit=True) as connection:
            connection.execute(statement.encode())
            connection.execute("SELECT pg_stat_force_next_flush()")

    def cut_and_count(self) -> None:
        """Cut tables into four chunks, note each, count those that are loaded, and interrupt."""
        cut, load_here = streams.cut, streams._load_here

        def cut_in_four(copy: Any, connections: Any, table: Any) -> Any:
            if self.cuts:
                return block_ranges(connections.source, table.identifier, 4)
            return cut(copy, connections, table)

        def load(keys: Any, sessions: Any, tasks: Any, before_commit: Any) -> Any:
            def interrupt(task: Any, ready: Any) -> None:
                before_commit(task, ready)
                if self.interrupt_at == (task.table.relation, task.chunk.number):
                    raise RuntimeError("the power goes out")

            for task, loaded in load_here(keys, sessions, tasks, interrupt):
                self.loaded.append((task.table.relation, task.chunk.number))
                yield task, loaded

        self.monkeypatch.setattr(resume, "cut", cut_in_four)
        self.monkeypatch.setattr(streams, "_load_here", load)


def tags_of(resumed: Any) -> dict[str, str]:
    """The tags of a run that resumes another run's refresh."""
    return {REFRESH_TAG: resumed.run_id, RESUME_TAG: "true"} if resumed else {}


def target_table(name: str) -> dg.AssetKey:
    """A table of the target."""
    return dg.AssetKey(["target", "public", name])


def message_of(result: Any) -> str:
    """Why a run failed."""
    failure = first_failure(result)
    assert failure is not None
    return failure.message
