"""The mark of an unfinished target: what is recorded, read again and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.target.unfinished import (
    Unfinished,
    mark_finished,
    mark_unfinished,
    read_unfinished,
    record_finishing,
    record_objects_created,
    reopen_for_rows,
    take_over,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[tuple[object, ...]]

pytestmark = pytest.mark.postgres

MARK = Unfinished(refresh="a refresh", fingerprint="a fingerprint", run="a run")


@pytest.fixture
def target(target_db: str) -> Iterator[Connection]:
    """A session in an empty target."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        yield connection


def test_a_new_target_has_no_mark(target: Connection) -> None:
    """Neither without our schema, nor with an empty table of it."""
    assert read_unfinished(target) is None
    mark_unfinished(target, MARK)
    target.execute("DELETE FROM _privaci.unfinished")
    assert read_unfinished(target) is None


def test_a_mark_is_read_as_it_was_set(target: Connection) -> None:
    """Name, fingerprint and run; its tables do not exist yet."""
    mark_unfinished(target, MARK)
    assert read_unfinished(target) == MARK


def test_a_new_mark_replaces_the_old_one(target: Connection) -> None:
    """Nothing of the earlier refresh stays."""
    mark_unfinished(target, MARK)
    record_objects_created(target)
    record_finishing(target)
    other = Unfinished(refresh="other", fingerprint="other print", run="other run")
    mark_unfinished(target, other)
    assert read_unfinished(target) == other
    assert not reopen_for_rows(target)


def test_created_tables_are_recorded(target: Connection) -> None:
    """A resume needs them; the rest of the mark stays."""
    mark_unfinished(target, MARK)
    record_objects_created(target)
    found = read_unfinished(target)
    assert found == Unfinished(
        refresh="a refresh", fingerprint="a fingerprint", run="a run", has_objects=True
    )


def test_another_run_takes_over(target: Connection) -> None:
    """Only the run changes."""
    mark_unfinished(target, MARK)
    take_over(target, "another run")
    found = read_unfinished(target)
    assert found is not None
    assert (found.refresh, found.fingerprint, found.run) == (
        "a refresh",
        "a fingerprint",
        "another run",
    )


def test_finishing_is_undone_once(target: Connection) -> None:
    """Only after it began, and only for the first who asks."""
    mark_unfinished(target, MARK)
    assert not reopen_for_rows(target)
    record_finishing(target)
    assert reopen_for_rows(target)
    assert not reopen_for_rows(target)


def test_an_earlier_versions_mark_is_not_resumed(target: Connection) -> None:
    """It lacks the newest column: a refresh of today cannot know what it did."""
    target.execute("CREATE SCHEMA _privaci")
    target.execute(
        "CREATE TABLE _privaci.unfinished"
        " (refresh text, fingerprint text, run text, has_objects bool)"
    )
    target.execute("INSERT INTO _privaci.unfinished VALUES ('r', 'f', 'n', true)")
    assert read_unfinished(target) is None


def test_a_finished_target_has_no_mark(target: Connection) -> None:
    """Mark and kept entries go; without any of them there is nothing to fail."""
    mark_unfinished(target, MARK)
    target.execute("CREATE TABLE _privaci.entry (id int)")
    mark_finished(target)
    assert read_unfinished(target) is None
    assert target.execute("SELECT to_regclass('_privaci.entry')").fetchone() == (None,)


def test_the_audit_trail_survives_the_finish(target: Connection) -> None:
    """The schema stays with it; mark and entries go."""
    mark_unfinished(target, MARK)
    target.execute("CREATE TABLE _privaci.entry (id int)")
    target.execute("CREATE TABLE _privaci.audit_log (said text)")
    mark_finished(target)
    left = "SELECT relname FROM pg_class WHERE relnamespace = '_privaci'::regnamespace"
    assert target.execute(left).fetchall() == [("audit_log",)]


def test_the_mark_tells_a_reader_what_it_is(target: Connection) -> None:
    """Its comment says what it is, its row since when."""
    mark_unfinished(target, MARK)
    comment = "SELECT obj_description('_privaci.unfinished'::regclass)"
    assert "has not been finished" in str((target.execute(comment).fetchone() or ("",))[0])
    recent = "SELECT since BETWEEN now() - interval '1 hour' AND now() FROM _privaci.unfinished"
    assert target.execute(recent).fetchone() == (True,)
