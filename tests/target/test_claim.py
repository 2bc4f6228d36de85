"""Which refresh a run belongs to: a new one, a named one, or the target's unfinished one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of

from privaci_core.errors import PreflightError
from privaci_core.target.advisory_lock import locked_target
from privaci_core.target.claim import (
    NEW,
    NOT_THE_SAME,
    NOTHING_UNFINISHED,
    Claim,
    can_resume,
    claimed,
    unfinished_in,
)
from privaci_core.target.unfinished import Unfinished, mark_unfinished, record_objects_created

FOUND = Unfinished(refresh="a refresh", fingerprint="f", run="an earlier run", has_objects=True)
WAITING = """
SELECT FROM pg_catalog.pg_locks
WHERE NOT granted AND relation = '_privaci.unfinished'::pg_catalog.regclass
"""
OURS = Unfinished(refresh="a refresh", fingerprint="f", run="our run")


def leave(dsn: str, mark: Unfinished) -> None:
    """Leave a mark in a target, as a run that was killed does."""
    with psycopg.connect(dsn, autocommit=True) as target:
        mark_unfinished(target, mark)
        if mark.has_objects:
            record_objects_created(target)


@pytest.mark.unit
def test_a_resume_needs_the_same_refresh_with_its_tables() -> None:
    """The run may be another one; name, fingerprint and created tables must be right."""
    assert can_resume(FOUND, OURS)
    assert not can_resume(None, OURS)
    assert not can_resume(replace(FOUND, has_objects=False), OURS)
    assert not can_resume(replace(FOUND, refresh="another refresh"), OURS)
    assert not can_resume(replace(FOUND, fingerprint="another"), OURS)


@pytest.mark.postgres
def test_a_run_begins_a_refresh_under_a_name_of_its_own(target_db: str) -> None:
    """A clean target: a new name each time, our fingerprint and run, nothing to resume."""
    ours, resumes, found = claimed(target_db, replace(NEW, run="r"), "f", beside=False)
    assert (ours.fingerprint, ours.run, ours.has_objects) == ("f", "r", False)
    assert (resumes, found) == (False, None)
    again, *_ = claimed(target_db, NEW, "f", beside=False)
    assert ours.refresh
    assert again.refresh
    assert again.refresh != ours.refresh


@pytest.mark.postgres
def test_a_new_refresh_leaves_the_unfinished_one(target_db: str) -> None:
    """It does not take its name, and returns the mark that it found."""
    leave(target_db, FOUND)
    ours, resumes, found = claimed(target_db, Claim(run="r"), FOUND.fingerprint, beside=False)
    assert ours.refresh != FOUND.refresh
    assert (resumes, found) == (False, FOUND)


@pytest.mark.postgres
@pytest.mark.parametrize("named", ["", FOUND.refresh])
def test_a_resume_takes_the_unfinished_refresh(target_db: str, named: str) -> None:
    """With or without its name, under our run's."""
    leave(target_db, FOUND)
    claim = Claim(refresh=named, resumes=True, run="r")
    ours, resumes, found = claimed(target_db, claim, FOUND.fingerprint, beside=False)
    assert ours == Unfinished(refresh=FOUND.refresh, fingerprint=FOUND.fingerprint, run="r")
    assert (resumes, found) == (True, FOUND)


@pytest.mark.postgres
def test_a_named_refresh_resumes_by_itself(target_db: str) -> None:
    """A retried run names its refresh, and resumes where it can; another name begins."""
    leave(target_db, FOUND)
    same = claimed(target_db, Claim(refresh=FOUND.refresh), FOUND.fingerprint, beside=False)
    assert (same[0].refresh, same[1]) == (FOUND.refresh, True)
    other = claimed(target_db, Claim(refresh="other"), FOUND.fingerprint, beside=False)
    assert (other[0].refresh, other[1]) == ("other", False)
    changed = claimed(target_db, Claim(refresh=FOUND.refresh), "changed", beside=False)
    assert (changed[0].refresh, changed[1]) == (FOUND.refresh, False)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("found", "claim", "fingerprint", "why"),
    [
        (None, Claim(resumes=True), "f", NOTHING_UNFINISHED),
        (None, Claim(resumes=True, refresh="a refresh"), "f", NOTHING_UNFINISHED),
        (FOUND, Claim(resumes=True), "changed", NOT_THE_SAME),
        (FOUND, Claim(resumes=True, refresh="another"), "f", NOT_THE_SAME),
        (replace(FOUND, has_objects=False), Claim(resumes=True), "f", NOT_THE_SAME),
    ],
)
def test_a_resume_that_cannot_be_is_refused(
    target_db: str, found: Unfinished | None, claim: Claim, fingerprint: str, why: str
) -> None:
    """The message says which target, why, and what to do."""
    if found is not None:
        leave(target_db, found)
    with pytest.raises(PreflightError) as caught:
        claimed(target_db, claim, fingerprint, beside=False)
    assert caught.value.cause == why
    assert name_of(target_db) in str(caught.value)
    assert "privaci run" in str(caught.value)


@pytest.mark.postgres
def test_the_database_beside_the_target_need_not_exist(target_db: str) -> None:
    """Before the first swap it does not: then there is nothing unfinished."""
    missing = make_conninfo(target_db, dbname=f"{name_of(target_db)}_next")
    assert unfinished_in(missing, beside=True) is None
    ours, resumes, found = claimed(missing, Claim(refresh="r"), "f", beside=True)
    assert (ours.refresh, resumes, found) == ("r", False, None)
    with pytest.raises(PreflightError):
        unfinished_in(missing, beside=False)


@pytest.mark.postgres
def test_the_database_beside_the_target_is_read_where_it_exists(target_db: str) -> None:
    """Its mark is the unfinished refresh's."""
    leave(target_db, FOUND)
    assert unfinished_in(target_db, beside=True) == FOUND
    assert unfinished_in(target_db, beside=False) == FOUND


@pytest.mark.postgres
def test_a_sibling_process_that_looks_at_the_mark_is_not_ended_as_a_dead_loader(
    target_db: str,
) -> None:
    """The run's first process ends what dead runs left; another one may be reading the mark."""
    leave(target_db, FOUND)
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(target_db) as blocking,
        psycopg.connect(target_db, autocommit=True) as looking,
    ):
        blocking.execute("LOCK TABLE _privaci.unfinished")
        looked = pool.submit(unfinished_in, target_db, beside=False)
        while not looking.execute(WAITING).rowcount:
            assert not looked.done()
        with locked_target(target_db, beside=None, run="a run"):
            blocking.rollback()
            assert looked.result() == FOUND
