"""A copy of a part that is killed while a table is being loaded resumes as if it never had been."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from e2e.shop import BIN, RULES, Shop
from substrate.databases import cloned
from substrate.judge import checksums

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from substrate.databases import Databases

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# The copy has the domain, and its check too: the last row but one of the visits waits for the lock
# that the test holds in the database that is written.
GATE = 4711
SCHEMA = f"""
CREATE FUNCTION public.passes(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF value = 'gate' THEN PERFORM pg_catalog.pg_advisory_xact_lock_shared({GATE}); END IF;
    RETURN true;
END $$;
CREATE DOMAIN public.gated AS text CHECK (public.passes(VALUE));
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss int REFERENCES person);
CREATE TABLE visit (
    id int PRIMARY KEY, person int NOT NULL REFERENCES person, note public.gated
);
CREATE TABLE city (id int PRIMARY KEY, name text);
INSERT INTO city SELECT n, 'city ' || n FROM generate_series(1, 9) AS n;
INSERT INTO person SELECT n, 'n' || n || '@lake.example', nullif(n / 2, 0)
    FROM generate_series(1, 40) AS n;
INSERT INTO visit SELECT n, 1 + n % 40, CASE n WHEN 189 THEN 'gate' ELSE 'n' END
    FROM generate_series(1, 200) AS n;
"""
ONE = "public.person: id = 30"
POLICY_START = "subset: {start: [{table: public.person, where: id = 30}]}\n"
PATIENCE = 120
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
UNFINISHED = "SELECT to_regclass('_privaci.unfinished') IS NOT NULL"


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """People with bosses, and their visits, one of which waits at a gate."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return Shop(tmp_path, source_db, target_db)


@pytest.fixture
def undisturbed(databases: Databases) -> Iterator[str]:
    """A database for the copy that nothing ends."""
    with cloned(databases) as dsn:
        yield dsn


def killed_at_the_gate(shop: Shop, *start: str) -> None:
    """Begin a run, and kill it while a row of its visits waits."""
    with psycopg.connect(shop.target, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(%s)", [GATE])
        with subprocess.Popen(
            [BIN / "privaci", "run", "--log-format", "none", *start],
            cwd=shop.folder,
            env=shop.environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            wait_until(gate, process)
            process.kill()
        assert gate.execute(UNFINISHED).fetchone() == (True,)
        wait_for_the_end(gate)


def wait_until(gate: psycopg.Connection[Any], process: subprocess.Popen[bytes]) -> None:
    """Return when a session waits at the gate."""
    deadline = time.monotonic() + PATIENCE
    while gate.execute(WAITING, [GATE]).fetchone() != (1,):
        assert process.poll() is None, "the run ended before its visits were loaded"
        assert time.monotonic() < deadline, "no row came to the gate"
        time.sleep(0.02)


def wait_for_the_end(gate: psycopg.Connection[Any]) -> None:
    """End the session that waits: its client is gone, which it would notice only afterwards."""
    gate.execute(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
        [GATE],
    )


@pytest.mark.parametrize("by", ["the policy", "the command"])
def test_a_part_killed_within_a_table_is_resumed(shop: Shop, undisturbed: str, by: str) -> None:
    """The target is that of a calm run; the start need not be given again, nor is it legible."""
    start = ("--subset-start", ONE) if by == "the command" else ()
    shop.write(RULES + ("" if start else POLICY_START))
    calm = Shop(shop.folder, shop.source, undisturbed)
    calm.write(RULES + ("" if start else POLICY_START))
    done = calm.privaci("run", "--log-format", "none", *start)
    assert done.returncode == 0, done.stderr
    killed_at_the_gate(shop, *start)
    with psycopg.connect(shop.target) as target:
        ((mark,),) = target.execute("SELECT m::text FROM _privaci.unfinished AS m").fetchall()
    assert "person" not in mark
    resumed = shop.privaci("resume", "--log-format", "none")
    assert resumed.returncode == 0, resumed.stderr
    assert checksums(shop.target) == checksums(undisturbed)
    with psycopg.connect(shop.target) as target:
        assert target.execute("SELECT count(*) FROM visit").fetchone() == (5,)
        assert target.execute(UNFINISHED).fetchone() == (False,)
