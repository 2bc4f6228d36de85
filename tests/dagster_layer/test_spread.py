"""How a refresh is spread over runs and processes, by choice of the project."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.interrupted import message_of
from dagster_layer.runs import project_in

from privaci_core.catalog.lock_file import read_lock, write_lock
from privaci_core.errors import PreflightError
from privaci_dagster.asset_keys import BACKFILL_TAG, REFRESH_TAG, Names
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.claims import claim_of, claim_of_tables
from privaci_dagster.project_variables import slices_per_run_of
from privaci_dagster.variables import SLICES_PER_RUN_VARIABLE

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

PERSON = dg.AssetKey(["target", "public", "person"])
NULLS_ORPHANS = """version: "1.0"
auto_detect: false
tables: {public.visit: {null_orphan_fks: true, columns: {}}}
"""
VISITS = """
INSERT INTO person VALUES (1), (2);
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person);
INSERT INTO visit VALUES (1, 1), (2, 2), (3, NULL);
"""


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project with a table of sixteen slices, and a small one."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (id int PRIMARY KEY); CREATE TABLE pet (id int)")
    made = project_in(tmp_path, source_db, target_db)
    slice_table(made.lock_path, "person", 16)
    return made


def slice_table(path: Path, name: str, slices: int) -> None:
    """Let a table travel in slices, however small it is."""
    lock = read_lock(path)
    tables = tuple(
        replace(table, travels="slices") if table.name == name else table for table in lock.tables
    )
    write_lock(replace(lock, slices=slices, tables=tables), path)


@pytest.mark.parametrize("per_run", [None, 1, 4])
def test_a_backfill_is_one_run_or_one_for_every_n_slices(
    project: Project, per_run: int | None
) -> None:
    """Only a sliced table is spread; all else is one run in any case."""
    graph = build_definitions(replace(project, slices_per_run=per_run)).resolve_asset_graph()
    found = {key: graph.get(key).backfill_policy for key in graph.materializable_asset_keys}
    policy = found.pop(PERSON)
    assert policy is not None
    assert policy.max_partitions_per_run == per_run
    assert {each and each.max_partitions_per_run for each in found.values()} == {None}


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_a_number_of_slices_that_is_none_is_refused(value: str) -> None:
    """The message says which variable, and what it may be."""
    with pytest.raises(PreflightError, match="above 0, or all") as caught:
        slices_per_run_of({SLICES_PER_RUN_VARIABLE: value})
    assert SLICES_PER_RUN_VARIABLE in str(caught.value)
    assert slices_per_run_of({SLICES_PER_RUN_VARIABLE: "all"}) is None


def test_the_job_runs_in_one_process_unless_its_steps_are_apart(project: Project) -> None:
    """Then the code location's executor runs them: a project decides that for itself."""
    together = build_definitions(project).resolve_job_def(REFRESH_JOB)
    assert together.executor_def is dg.in_process_executor
    apart = build_definitions(replace(project, steps_apart=True))
    theirs = dg.Definitions.merge(apart, dg.Definitions(executor=dg.multiprocess_executor))
    assert theirs.resolve_job_def(REFRESH_JOB).executor_def is dg.multiprocess_executor


def test_runs_of_a_backfill_over_one_table_alone_do_not_meet(project: Project) -> None:
    """On a published target each of them exchanges the table: two at once would both do so."""
    lock, names = read_lock(project.lock_path), Names()
    run = dg.DagsterRun(
        job_name=REFRESH_JOB, tags={BACKFILL_TAG: "b"}, asset_selection=frozenset({PERSON})
    )
    claim = claim_of(run, names)
    assert claim.backfill == "b"
    alone = claim_of_tables(run, claim, lock, names, {PERSON})
    assert (alone.backfill, alone.tables) == ("", frozenset({"public.person"}))


def test_a_target_is_not_completed_before_its_tables_are_loaded(
    project: Project, source_db: str, target_db: str, instance: Any
) -> None:
    """An executor may start this step after a failed one; references would become NULL for ever."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(VISITS)
    made = project_in(project.policy_path.parent, source_db, target_db, NULLS_ORPHANS)
    job = build_definitions(replace(made, environ={**os.environ, **made.environ}))

    def run(*names: str, **tags: str) -> Any:
        keys = [dg.AssetKey(["target", *name.split("/")]) for name in names]
        return job.resolve_job_def(REFRESH_JOB).execute_in_process(
            asset_selection=keys, instance=instance, tags=tags, raise_on_error=False
        )

    begun = run("schema", "public/pet", "public/visit")
    assert begun.success
    again = {REFRESH_TAG: begun.run_id}
    message = message_of(run("constraints", **again))
    assert "public.person is not loaded whole" in message
    assert "privaci resume" in message
    assert run("public/person", "constraints", **again).success
    with psycopg.connect(target_db) as target:
        query = "SELECT count(*), count(person) FROM visit"
        assert target.execute(query).fetchone() == (3, 2)
