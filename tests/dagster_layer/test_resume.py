"""A resumed refresh loads what is missing or has changed, and no committed chunk again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dagster_layer.interrupted import message_of, tags_of, target_table
from dagster_layer.runs import NOTHING_MASKED
from substrate.judge import differences

from privaci_core.catalog.lock_file import read_lock, write_lock
from privaci_dagster.asset_keys import Names
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from dagster_layer.interrupted import Refreshes

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

PARTITION_TAG = "dagster/partition"


# Rows may change their partition, so each is loaded through the partitioned table.
ROUTED = NOTHING_MASKED + "tables: {public.c: {columns: {at: {action: date_shift, days: 9}}}}\n"


def test_chunks_that_were_committed_are_not_loaded_again(chunked: Refreshes) -> None:
    """Only the failed chunk and those after it are loaded, and each slice materializes once."""
    first = chunked.run(interrupt_at=("b", 2))
    assert not first.success
    before = set(chunked.loaded)
    assert ("b", 1) in before
    second = chunked.run(resumes=first)
    assert second.success, first_failure(second)
    assert ("b", 2) in chunked.loaded
    assert not before & set(chunked.loaded)
    assert differences(chunked.source, chunked.target) == []
    keys = [event.asset_key for event in second.get_asset_materialization_events()]
    assert len(keys) == len(set(keys))


def test_a_new_refresh_of_an_unfinished_target_is_refused(chunked: Refreshes) -> None:
    """The message names the command that resumes it."""
    chunked.run(interrupt_at=("b", 2))
    assert "privaci resume" in message_of(chunked.run())


def test_missing_and_failed_partitions_resume(chunked: Refreshes) -> None:
    """As the UI's button does: a run over the rest that names no refresh and creates no tables."""
    chunked.run(interrupt_at=("b", 2))
    names, project = Names(), chunked.project()
    rest = [target_table("b"), target_table("c"), names.constraints, names.published]
    result = chunked.run_job(project, {}, selection=rest)
    assert result.success, first_failure(result)
    # What the first run committed stays.
    assert [at for at in chunked.loaded if at[0] in "ab"] == [("b", 2), ("b", 3)]
    assert differences(chunked.source, chunked.target) == []
    again = chunked.run_job(project, {}, selection=rest)
    assert again.success, first_failure(again)
    without_tables = chunked.run_job(project, {}, selection=rest[2:])
    assert "has no unfinished refresh" in message_of(without_tables)


def test_slices_make_up_the_tables(chunked: Refreshes) -> None:
    """Three slices a table, four chunks: each chunk is in one slice, each slice is made once."""
    project = chunked.project()
    in_slices(project, 3)
    first = chunked.run_job(project, {}, interrupt_at=("c_2", 3))
    assert not first.success
    made = [event.partition for event in materializations(first, "a")]
    assert made == ["1 of 3", "2 of 3", "3 of 3", None]
    second = chunked.run_job(project, tags_of(first))
    assert second.success, first_failure(second)
    assert chunked.loaded == [("c_2", 3)]
    assert differences(chunked.source, chunked.target) == []


def test_a_slice_is_loaded_by_a_run_of_its_own(chunked: Refreshes) -> None:
    """As several machines do it: the schema, each slice, then the rest; no row comes twice."""
    project, names = chunked.project(), Names()
    in_slices(project, 2)
    tables = [target_table(name) for name in "abc"]
    opened = chunked.run_job(project, {}, selection=[names.schema])
    assert opened.success, first_failure(opened)
    for name in ("1 of 2", "2 of 2"):
        result = chunked.run_job(project, {PARTITION_TAG: name}, selection=tables)
        assert result.success, first_failure(result)
        assert [event.partition for event in materializations(result, "a")] == [name]
        assert len(chunked.loaded) == 2 * len(["a", "b", "c_1", "c_2"])
    closed = chunked.run_job(project, {}, selection=[names.constraints, names.published])
    assert closed.success, first_failure(closed)
    assert differences(chunked.source, chunked.target) == []


def test_a_table_that_has_changed_is_loaded_again(chunked: Refreshes) -> None:
    """The target shows one snapshot of the source, the later one; unchanged chunks stay."""
    first = chunked.run(interrupt_at=("b", 2))
    chunked.change("UPDATE a SET who = 'another' WHERE id = 7")
    second = chunked.run(resumes=first)
    assert second.success, first_failure(second)
    assert {table for table, _ in chunked.loaded} >= {"a", "b"}
    assert ("b", 0) not in chunked.loaded
    assert differences(chunked.source, chunked.target) == []


def test_small_tables_are_committed_together(chunked: Refreshes) -> None:
    """A run that breaks off among them has loaded none; the next one loads them all."""
    chunked.cuts = False
    first = chunked.run(interrupt_at=("b", 0))
    assert chunked.loaded == []
    second = chunked.run(resumes=first, interrupt_at=("b", 9))
    assert second.success, first_failure(second)
    assert {table for table, _ in chunked.loaded} == {"a", "b", "c_1", "c_2"}
    assert differences(chunked.source, chunked.target) == []


def test_rows_that_change_their_partition_are_not_doubled(chunked: Refreshes) -> None:
    """Their table cannot be cleared alone: the notes of two interrupted runs decide."""
    first = chunked.run(ROUTED, interrupt_at=("c_2", 2))
    second = chunked.run(ROUTED, resumes=first, interrupt_at=("c_2", 3))
    assert not second.success
    third = chunked.run(ROUTED, resumes=first)
    assert third.success, first_failure(third)
    assert [at for at in chunked.loaded if at[0].startswith("c")] == [("c_2", 3)]
    with psycopg.connect(chunked.target) as target:
        counts = target.execute("SELECT count(*), count(DISTINCT id) FROM c").fetchone()
    assert counts == (20000, 20000)


def test_changed_rows_among_other_partitions_are_refused(chunked: Refreshes) -> None:
    """Nothing tells which rows to delete."""
    first = chunked.run(ROUTED, interrupt_at=("c_2", 2))
    chunked.change("UPDATE c SET who = 'another' WHERE id = 7")
    message = message_of(chunked.run(ROUTED, resumes=first))
    assert "the source has changed since it was read" in message


def in_slices(project: Project, slices: int) -> None:
    """Write the lock file of a project so that all of its tables are sliced."""
    lock = read_lock(project.lock_path)
    tables = tuple(replace(table, travels="slices") for table in lock.tables)
    write_lock(replace(lock, slices=slices, tables=tables), project.lock_path)


def materializations(result: Any, table: str) -> list[Any]:
    """What a run told of a table, in its order."""
    return [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == target_table(table)
    ]
