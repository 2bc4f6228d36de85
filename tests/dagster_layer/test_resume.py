"""A refresh that ended in the middle goes on: what was committed and has not changed is not loaded again."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from substrate.judge import differences

from privaci_core.ddl import finish
from privaci_core.loading import streams
from privaci_core.refresh import resume
from privaci_core.target.advisory_lock import held
from privaci_dagster import publication
from privaci_dagster.asset_keys import REFRESH_TAG, RESUME_TAG, Names, range_of
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

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
ROUTED = NOTHING_MASKED + "tables: {public.c: {columns: {at: {action: date_shift, days: 9}}}}\n"


@pytest.fixture
def source(source_db: str) -> str:
    """Two tables and a partitioned one, each of several chunks."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("VACUUM ANALYZE")
    return source_db


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Small tables are cut into four and noted; loads are counted, and fail where `at` says so."""
    say: dict[str, Any] = {"at": None, "loaded": []}
    real_cut, real_here = streams.cut, streams._load_here

    def cut(copy: Any, connections: Any, table: Any) -> Any:
        return (
            streams.block_ranges(connections.source, table.identifier, 4)
            if say.get("cuts", True)
            else real_cut(copy, connections, table)
        )

    def here(keys: Any, sessions: Any, tasks: Any, before_commit: Any) -> Any:
        def seen(task: Any, ready: Any) -> None:
            before_commit(task, ready)
            if say["at"] == (task.table.relation, task.chunk.number):
                raise RuntimeError("the power goes out")

        for task, loaded in real_here(keys, sessions, tasks, seen):
            say["loaded"].append((task.table.relation, task.chunk.number))
            yield task, loaded

    monkeypatch.setattr(resume, "cut", cut)
    monkeypatch.setattr(streams, "_load_here", here)
    monkeypatch.setattr(resume, "WORTH_NOTES_BYTES", 0)
    return say


def going_on(result: Any) -> dict[str, str]:
    """The tags of a run that goes on with another's refresh."""
    return {REFRESH_TAG: result.run_id, RESUME_TAG: "true"}


def test_chunks_that_were_committed_are_not_loaded_again(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """The failed chunk and those after it alone are loaded; each slice is materialized once; nothing is doubled."""
    project = project_in(tmp_path, source, target_db)
    broken["at"] = ("b", 2)
    first = refresh(project, instance, monkeypatch)
    assert not first.success
    assert ("b", 1) in broken["loaded"]
    # Who begins a new one instead is told that there is one to go on with.
    begun = first_failure(refresh(project, instance, monkeypatch))
    assert begun is not None
    assert "privaci resume" in begun.message
    before, broken["loaded"], broken["at"] = list(broken["loaded"]), [], None
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert ("b", 2) in broken["loaded"]
    assert not set(before) & set(broken["loaded"])
    assert differences(source, target_db) == []
    keys = [event.asset_key for event in second.get_asset_materialization_events()]
    assert len(keys) == len(set(keys))


def test_what_is_missing_and_failed_goes_on(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """As the UI's button does it: a run of its own over the rest, which names no refresh and makes no tables."""
    project = project_in(tmp_path, source, target_db)
    broken["at"] = ("b", 2)
    refresh(project, instance, monkeypatch)
    broken["loaded"], broken["at"] = [], None
    job = build_definitions(project).resolve_job_def(REFRESH_JOB)
    rest = [dg.AssetKey(["target", "public", name]) for name in ("b", "c")] + [
        Names().constraints,
        Names().published,
    ]
    result = job.execute_in_process(
        instance=instance, tags=range_of(1), asset_selection=rest, raise_on_error=False
    )
    assert result.success, first_failure(result)
    # What does not depend on the failed table was loaded by the first run.
    assert broken["loaded"] == [("b", 2), ("b", 3)]
    assert differences(source, target_db) == []
    again = job.execute_in_process(
        instance=instance, tags=range_of(1), asset_selection=rest, raise_on_error=False
    )
    failure = first_failure(again)
    assert failure is not None
    assert "no refresh of it is under way" in failure.message


def test_slices_make_up_the_tables(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Three partitions an asset, four chunks a table: each chunk is in one slice, each slice is materialized once."""
    project = project_in(tmp_path, source, target_db)
    lock = json.loads(project.lock_path.read_text())
    project.lock_path.write_text(json.dumps({**lock, "slices": 3}))
    job = build_definitions(project).resolve_job_def(REFRESH_JOB)
    for name, value in project.environ.items():
        monkeypatch.setenv(name, value)
    broken["at"] = ("c_2", 3)
    first = job.execute_in_process(instance=instance, tags=range_of(3), raise_on_error=False)
    assert not first.success
    assert (
        len(
            [
                event
                for event in first.get_asset_materialization_events()
                if event.asset_key.path[-1] == "a"
            ]
        )
        == 3
    )
    broken["loaded"], broken["at"] = [], None
    tags = {**range_of(3), REFRESH_TAG: first.run_id, RESUME_TAG: "true"}
    second = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    assert second.success, first_failure(second)
    assert broken["loaded"] == [("c_2", 3)]
    assert differences(source, target_db) == []


def test_a_table_that_has_changed_is_loaded_again(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """The result is one moment of the source, the later one; what has not changed stays."""
    project = project_in(tmp_path, source, target_db)
    broken["at"] = ("b", 2)
    first = refresh(project, instance, monkeypatch)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE a SET who = 'another' WHERE id = 7")
        connection.execute("SELECT pg_stat_force_next_flush()")
    broken["loaded"], broken["at"] = [], None
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert {table for table, _ in broken["loaded"]} >= {"a", "b"}
    assert ("b", 0) not in broken["loaded"]
    assert differences(source, target_db) == []


def broken_off_at_publication(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A refresh that dies behind its last row and its last key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publication, "publish_target", lambda *_: 1 / 0)
        broken = refresh(project, instance, monkeypatch)
    assert not broken.success
    return broken


def test_rows_that_come_after_keys_and_triggers_find_none_of_them(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that died behind the rows: the source has changed since, and a referenced table is loaded once more."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.who := 1; RETURN NEW; END'"
        )
        connection.execute(
            "CREATE TRIGGER spoils BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()"
        )
    project = project_in(tmp_path, source, target_db)
    first = broken_off_at_publication(project, instance, monkeypatch)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE a SET who = 'another' WHERE id = 7")
        connection.execute("SELECT pg_stat_force_next_flush()")
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert differences(source, target_db) == []


def test_an_unlogged_table_is_loaded_again(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the target empties it, though its load was committed and noted; every other table stays."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE UNLOGGED TABLE u AS SELECT n FROM generate_series(1, 9) AS n")
    project = project_in(tmp_path, source, target_db)
    first = broken_off_at_publication(project, instance, monkeypatch)
    with psycopg.connect(target_db, autocommit=True) as target:
        # What recovery does to it.
        target.execute("TRUNCATE u")
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert differences(source, target_db) == []


@pytest.mark.parametrize("built", [5, 25, 45, 65, 85])
def test_what_was_half_built_is_taken_away(
    company_db: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    built: int,
) -> None:
    """Some indexes and keys of the company stand, partitions' among them, when rows must come once more."""
    project = project_in(tmp_path, company_db, target_db)
    real, left = finish.run_entry, iter(range(built))

    def run_entry(*arguments: Any, **more: Any) -> Any:
        if next(left, None) is None:
            raise RuntimeError("the power goes out")
        return real(*arguments, **more)

    monkeypatch.setattr(finish, "run_entry", run_entry)
    first = refresh(project, instance, monkeypatch)
    assert not first.success
    monkeypatch.setattr(finish, "run_entry", real)
    with psycopg.connect(company_db, autocommit=True) as connection:
        connection.execute("UPDATE public.organization SET name = name || ' and sons'")
        connection.execute("REFRESH MATERIALIZED VIEW public.organization_stats")
        connection.execute("SELECT pg_stat_force_next_flush()")
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert differences(company_db, target_db) == []


def test_a_small_table_that_ended_is_left(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Without a note a chunk: what its step said when it ended is enough, and what did not end is cleared."""
    project = project_in(tmp_path, source, target_db)
    monkeypatch.setattr(resume, "WORTH_NOTES_BYTES", 1 << 40)
    broken["cuts"], broken["at"] = False, ("b", 0)
    first = refresh(project, instance, monkeypatch)
    assert ("a", 0) in broken["loaded"]
    broken["loaded"], broken["at"] = [], None
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert second.success, first_failure(second)
    assert ("a", 0) not in broken["loaded"]
    assert differences(source, target_db) == []


def test_rows_that_change_their_partition_are_not_doubled(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """They cannot be cleared by their table: notes decide, and a changed source is refused."""
    project = project_in(tmp_path, source, target_db, ROUTED)
    broken["at"] = ("c_2", 2)
    first = refresh(project, instance, monkeypatch)
    broken["at"] = ("c_2", 3)
    second = refresh(project, instance, monkeypatch, going_on(first))
    assert not second.success
    broken["loaded"], broken["at"] = [], None
    third = refresh(project, instance, monkeypatch, going_on(first))
    assert third.success, first_failure(third)
    assert [at for at in broken["loaded"] if at[0].startswith("c")] == [("c_2", 3)]
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*), count(DISTINCT id) FROM c").fetchone() == (
            20000,
            20000,
        )


def test_changed_rows_among_other_partitions_are_refused(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Nobody could take them out again."""
    project = project_in(tmp_path, source, target_db, ROUTED)
    broken["at"] = ("c_2", 2)
    first = refresh(project, instance, monkeypatch)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE c SET who = 'another' WHERE id = 7")
        connection.execute("SELECT pg_stat_force_next_flush()")
    broken["at"] = None
    second = refresh(project, instance, monkeypatch, going_on(first))
    failure = first_failure(second)
    assert failure is not None
    assert "the source has changed since it was read" in failure.message


def test_a_refresh_by_another_policy_does_not_go_on(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Half a table by one salt or rule and half by another would be nobody's copy."""
    broken["at"] = ("b", 2)
    first = refresh(project_in(tmp_path, source, target_db), instance, monkeypatch)
    broken["at"] = None
    changed = project_in(
        tmp_path,
        source,
        target_db,
        NOTHING_MASKED + "tables: {public.a: {columns: {who: {action: hash}}}}\n",
    )
    failure = first_failure(refresh(changed, instance, monkeypatch, going_on(first)))
    assert failure is not None
    assert "policy, schema or salt are others" in failure.message
    assert failure.exit_code == 2


def test_notes_of_another_storage_are_missed(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Without the notes nobody knows what is there: refused, and nothing is loaded."""
    project = project_in(tmp_path, source, target_db)
    broken["at"] = ("b", 2)
    first = refresh(project, instance, monkeypatch)
    broken["at"], broken["loaded"] = None, []
    job = build_definitions(project).resolve_job_def(REFRESH_JOB)
    # Tables that do not depend on one another, so that each asks for the copy by itself.
    tables = [dg.AssetKey(["target", "public", name]) for name in ("a", "c")]
    with dg.DagsterInstance.ephemeral() as another:
        failure = first_failure(refresh(project, another, monkeypatch, going_on(first)))
        result = job.execute_in_process(
            instance=another, tags=range_of(1), asset_selection=tables, raise_on_error=False
        )
    assert failure is not None
    assert "not in this Dagster storage" in failure.message
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert len(failures) == 2
    assert all(
        "not in this Dagster storage" in str(failed.user_failure_data) for failed in failures
    )
    assert broken["loaded"] == []


def test_one_refresh_of_a_target_at_a_time(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is refused at once and says who holds the target; when the holder is gone the next one runs."""
    project = project_in(tmp_path, source, target_db)
    with held(target_db, beside=None):
        failure = first_failure(refresh(project, instance, monkeypatch))
    assert failure is not None
    assert "another refresh of it is under way: process" in failure.message
    assert failure.exit_code == 2
    assert refresh(project, instance, monkeypatch).success


def test_a_run_that_was_killed_is_reported_failed(
    source: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    broken: dict[str, Any],
) -> None:
    """Whoever gets its target's lock says so, because it could not."""
    project = project_in(tmp_path, source, target_db)
    broken["at"] = ("b", 2)
    first = refresh(project, instance, monkeypatch)
    broken["at"] = None
    killed = dg.DagsterRun(
        job_name=REFRESH_JOB, run_id=str(uuid.uuid4()), status=dg.DagsterRunStatus.STARTED
    )
    instance.add_run(killed)
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("UPDATE _privaci.unfinished SET run = %s", [killed.run_id])
    assert refresh(project, instance, monkeypatch, going_on(first)).success
    assert instance.get_run_by_id(killed.run_id).status == dg.DagsterRunStatus.FAILURE
    assert "has taken its target over" in str(instance.get_records_for_run(killed.run_id).records)
