"""A refresh whose slices several real processes load from one snapshot, at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS, POLICY

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.rows import prove_rows
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import create_target, finish_target, publish_target
from privaci_core.target.claim import Claim
from privaci_core.target.ledger_store import loaded_chunks, stored_ledgers

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 4000) AS n;
ANALYZE person;
"""
SLICES = {"public.person": 16}
# Loads the slices whose numbers are given, as a step in another process does.
PROCESS = """
import sys
from builders.copies import KEYS, POLICY
from privaci_core.refresh.open import opened
from privaci_core.refresh.resume import load_rest
from privaci_core.target.claim import Claim

source, target, snapshot, run, *numbers = sys.argv[1:]
claim = Claim(resumes=True, run=run, backfill="b", snapshot=snapshot)
with opened(source, target, POLICY, KEYS, claim=claim) as refresh:
    print("open", flush=True)
    sys.stdin.readline()
    (table,) = refresh.copy.plan.tables
    wanted = {int(number) for number in numbers}
    loaded = load_rest(refresh, table, lambda *_: None, lambda chunk: chunk.number in wanted)
    print(loaded.rows)
"""


@pytest.fixture
def source(source_db: str) -> str:
    """A table of some blocks."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)
    return source_db


@pytest.fixture
def snapshot(source: str) -> Iterator[str]:
    """A snapshot that is held, while the source is written to."""
    with source_session(source) as holder:
        name = export_snapshot(holder)
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute("DELETE FROM person WHERE id % 3 = 0")
            connection.execute(
                "INSERT INTO person SELECT n, NULL FROM generate_series(5000, 9000) n"
            )
            connection.execute("VACUUM person")
        yield name


def claim(snapshot: str, run: str, *, resumes: bool = True) -> Claim:
    """A run of the backfill."""
    name = "" if resumes else "b"
    return Claim(
        refresh=name, resumes=resumes, run=run, backfill="b", snapshot=snapshot, slices=SLICES
    )


def begin(source: str, target: str, snapshot: str) -> None:
    """The run that creates the tables."""
    with opened(source, target, POLICY, KEYS, claim=claim(snapshot, "1", resumes=False)) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)


def process(*arguments: str) -> subprocess.Popen[str]:
    """A process that opens the refresh and waits for a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROCESS, *arguments],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "open\n", started.communicate()[1]
    return started


def numbers(first: int, last: int) -> list[str]:
    """Some slices."""
    return [str(number) for number in range(first, last)]


def test_two_processes_load_one_table_and_the_ledger_adds_up(
    source: str, target_db: str, snapshot: str
) -> None:
    """Both cut it alike though the source grows; a third one proves what they brought."""
    begin(source, target_db, snapshot)
    one = process(source, target_db, snapshot, "2", *numbers(0, 7))
    two = process(source, target_db, snapshot, "3", *numbers(7, 16))
    loaded = []
    for each in (one, two):
        said, errors = each.communicate("go\n")
        assert each.returncode == 0, errors
        loaded.append(int(said))
    assert sum(loaded) == 4000
    assert min(loaded) > 0
    with opened(source, target_db, POLICY, KEYS, claim=claim(snapshot, "4")) as refresh:
        copy, connections = refresh.copy, refresh.connections
        finish_target(copy, connections.source, refresh.earlier)
        prove_rows(Evidence(copy=copy, source=connections.source))
        publish_target(copy, connections)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*), max(id) FROM person").fetchone() == (4000, 4000)
        parts = stored_ledgers(target).parts
    assert [sum(part.ledger["rows"] for part in parts), len(parts)] == [4000, 16]


def test_a_chunk_that_two_processes_load_is_there_once(
    source: str, target_db: str, snapshot: str
) -> None:
    """A queue may deliver a step twice: one of both is refused, and its rows are rolled back."""
    begin(source, target_db, snapshot)
    both = [process(source, target_db, snapshot, run, *numbers(0, 16)) for run in ("2", "3")]
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    ended = [each.communicate() for each in both]
    codes = [each.returncode for each in both]
    assert 0 in codes
    if codes != [0, 0]:
        assert any("another process of this refresh has loaded it" in errors for _, errors in ended)
    with psycopg.connect(target_db) as target:
        query = "SELECT count(*), count(DISTINCT id) FROM person"
        assert target.execute(query).fetchone() == (4000, 4000)
        (chunks,) = loaded_chunks(target, ["public.person"]).values()
    assert sum(chunk.rows for chunk in chunks.values()) == 4000


def test_a_slice_of_another_snapshot_does_not_empty_the_table(
    source: str, target_db: str, snapshot: str
) -> None:
    """Other processes may be loading it: the run is refused, and what is there stays."""
    begin(source, target_db, snapshot)
    first = process(source, target_db, snapshot, "2", *numbers(0, 4))
    assert int(first.communicate("go\n")[0]) > 0
    with source_session(source) as holder:
        later = process(source, target_db, export_snapshot(holder), "3", *numbers(4, 16))
        _, errors = later.communicate("go\n")
    assert later.returncode == 1
    assert "came from another snapshot of the source, which has ended" in errors
    with psycopg.connect(target_db) as target:
        assert len(loaded_chunks(target, ["public.person"])["public.person"]) == 4


def test_a_snapshot_that_has_ended_is_told(source: str, target_db: str) -> None:
    """The message says what to do; nothing is written."""
    with source_session(source) as holder:
        name = export_snapshot(holder)
    with pytest.raises(PreflightError) as caught:
        begin(source, target_db, name)
    assert "ended with the session that held it" in str(caught.value)
    assert "begin a new refresh" in str(caught.value)


def test_a_chunk_of_the_same_refresh_is_not_recorded_twice(
    source: str, target_db: str, snapshot: str
) -> None:
    """Its transaction is refused, so that its rows are rolled back with it."""
    from privaci_core.target.ledger_store import Part, record_parts  # noqa: PLC0415 - what is tested

    begin(source, target_db, snapshot)
    part = Part(refresh="", relation="public.person", name="3", ledger={"rows": 1})
    with psycopg.connect(target_db) as target:
        record_parts(target, [part])
        with pytest.raises(CopyError, match="another process of this refresh has loaded it"):
            record_parts(target, [part])
