"""An unfinished target holds its subset's start so that only the salt can read it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from builders.copies import KEYS

from privaci_core.masks import Keys
from privaci_core.refresh.remembered_start import opened, remembered_start, sealed
from privaci_core.target.claim import Claim
from privaci_core.target.unfinished import Unfinished, mark_unfinished, read_unfinished

OTHER = Keys.of(b"another salt of the test suite, long enough")
START = "public.person: email = 'ada@lake.example'"
MARK = Unfinished(refresh="one", fingerprint="f", sealed_start=sealed(KEYS, "one", START))


@pytest.mark.unit
def test_only_the_same_salt_and_refresh_open_it() -> None:
    """Any other reads nothing, as if the start was the policy's."""
    assert opened(KEYS, MARK) == START
    assert opened(OTHER, MARK) == ""
    assert opened(KEYS, replace(MARK, refresh="two")) == ""
    for damaged in ("", "?", MARK.sealed_start[:-8]):
        assert opened(KEYS, replace(MARK, sealed_start=damaged)) == ""
    assert sealed(KEYS, "one", "") == ""
    # Two refreshes of one customer do not look alike.
    assert sealed(KEYS, "one", START) != MARK.sealed_start


@pytest.mark.postgres
def test_a_resume_finds_it_and_the_target_holds_no_word_of_it(target_db: str) -> None:
    """Another refresh has a start of its own."""
    with psycopg.connect(target_db, autocommit=True) as target:
        mark_unfinished(target, MARK)
        ((held,),) = target.execute("SELECT mark::text FROM _privaci.unfinished AS mark").fetchall()
    assert not [word for word in ("person", "ada", "email") if word in held]
    for claim, found in (
        (Claim(resumes=True), START),
        (Claim(refresh="one"), START),
        (Claim(refresh="two"), ""),
        (Claim(), ""),
    ):
        assert remembered_start(target_db, "drop_create", KEYS, claim) == found
    assert remembered_start(target_db, "swap", KEYS, Claim(resumes=True)) == ""


@pytest.mark.postgres
def test_a_mark_of_an_earlier_version_has_no_start(target_db: str) -> None:
    """Its refresh can still be resumed."""
    with psycopg.connect(target_db, autocommit=True) as target:
        mark_unfinished(target, MARK)
        target.execute("ALTER TABLE _privaci.unfinished DROP COLUMN sealed_start")
        assert read_unfinished(target) == replace(MARK, sealed_start="")
