"""Tables that are wide, rows that are huge, schemas that are many, servers that only follow."""

from __future__ import annotations

import os
import resource
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import run
from substrate.judge import data_differences, differences
from substrate.origin import found_versions

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of
from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres import embedded
from privaci_core.postgres.embedded import Server, create_database, running
from privaci_core.postgres.embedded_places import server_folder
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = 'version: "1.0"\nauto_detect: false\n'
TYPES = (Path(__file__).parents[1] / "refresh/types.sql").read_text(encoding="utf-8")


def test_sixteen_hundred_columns(source_db: str, target_db: str) -> None:
    """As many as Postgres takes, with masks at both ends."""
    columns = ", ".join(f"c{n} {'text' if n in {0, 1599} else 'bool'}" for n in range(1600))
    values = ", ".join("'secret' || n" if n in {0, 1599} else str(n % 2 == 0) for n in range(1600))
    rows = f"INSERT INTO wide SELECT {values} FROM generate_series(1, 50) AS n"
    run(source_db, f"CREATE TABLE wide ({columns})", rows)
    rules = (
        "tables: {public.wide: {columns:"
        " {c0: {action: hash}, c1599: {action: fake, provider: email}}}}\n"
    )
    copy_database(source_db, target_db, parse_policy(NOTHING + rules), KEYS)
    assert (
        differences(source_db, target_db, masked=frozenset({"public.wide.c0", "public.wide.c1599"}))
        == []
    )
    with psycopg.connect(target_db) as target:
        left = "SELECT count(*) FROM wide WHERE c0 LIKE 'secret%' OR c1599 LIKE 'secret%'"
        assert target.execute(left).fetchone() == (0,)


@pytest.mark.parametrize(
    "rules", ["", "tables: {public.huge: {columns: {who: {action: fake, provider: email}}}}\n"]
)
def test_huge_rows_travel_in_bounded_memory(source_db: str, target_db: str, rules: str) -> None:
    """Fields of 100 MB beside masked ones pass in binary, a few rows in memory at a time."""
    run(
        source_db,
        "CREATE TABLE huge (id int, who text, body bytea)",
        "ALTER TABLE huge ALTER body SET STORAGE EXTERNAL",
        "INSERT INTO huge SELECT n, 'secret' || n, decode(repeat('ab', 50000000), 'hex')"
        " FROM generate_series(1, 3) n",
        "INSERT INTO huge SELECT n, 'secret' || n, '\\x00' FROM generate_series(4, 1000) AS n",
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copy_database(source_db, target_db, parse_policy(NOTHING + rules), KEYS)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown < 400, f"{grown} MiB"
    assert (
        differences(source_db, target_db, masked=frozenset({"public.huge.who"} if rules else set()))
        == []
    )


def test_five_hundred_tables_are_read_at_once(source_db: str, tmp_path: Path) -> None:
    """The catalog asks as few questions as of one table; the lock file is the same each time."""
    one, rest = tables_that_refer(range(1)), tables_that_refer(range(1, 500))
    run(source_db, "".join(f"CREATE SCHEMA s{n};" for n in range(10)) + one)
    with source_session(source_db) as connection:
        _, few = read_and_counted(connection, tmp_path / "few")
    run(source_db, rest)
    with source_session(source_db) as connection:
        catalog, many = read_and_counted(connection, tmp_path / "many")
        assert lock_of(catalog) == lock_of(read_catalog(connection))
    plan = plan_copy(
        catalog, parse_policy(NOTHING + "tables: {s0.t0: {columns: {id: {action: hash}}}}\n")
    )
    assert 0 < many == few
    assert len(plan.tables) == 500
    assert plan.masked_columns == 3


def tables_that_refer(numbers: range) -> str:
    """Tables in ten schemas, each of which refers to the one before it."""
    return "".join(
        f"CREATE TABLE s{n % 10}.t{n} (id int PRIMARY KEY,"
        f" parent int REFERENCES s{max(n - 1, 0) % 10}.t{max(n - 1, 0)},"
        f" email text UNIQUE, at timestamptz DEFAULT now() CHECK (at > '2000-01-01'));"
        for n in numbers
    )


def read_and_counted(connection: Connection, log: Path) -> tuple[Catalog, int]:
    """The catalog, and how many statements reading it took."""
    with log.open("w") as file:
        connection.pgconn.trace(file.fileno())
        catalog = read_catalog(connection)
        connection.pgconn.untrace()
    said = (line.split("\t") for line in log.read_text().splitlines())
    return catalog, sum(fields[1:2] == ["F"] and "Execute" in fields[3:4] for fields in said)


def test_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    """A copy crosses versions upwards, with and without masks."""
    versions = found_versions()
    oldest, newest = min(versions), max(versions)
    if oldest == newest:
        pytest.skip("one version here")
    with (
        running(tmp_path / "old", versions[oldest]) as old,
        running(tmp_path / "new", versions[newest]) as new,
    ):
        create_database(old, "a")
        create_database(new, "b")
        source, target = old.dsn("a"), new.dsn("b")
        run(source, TYPES.replace("{xml_1}", "NULL").replace("{xml_2}", "NULL"))
        run(
            source,
            "CREATE TABLE person"
            " (id int PRIMARY KEY, email text UNIQUE, boss int REFERENCES person)",
        )
        run(
            source,
            "INSERT INTO person SELECT n, n || '@org.example', nullif(n / 2, 0)"
            " FROM generate_series(1, 50) n",
        )
        copy_database(source, target, parse_policy(NOTHING), KEYS)
        # Version 18 has NOT NULL constraints in its catalog, and pg_dump writes them.
        assert data_differences(source, target, frozenset()) == []
        rules = (
            "on_existing_data: drop_create\n"
            "tables: {public.person: {columns: {id: {action: hash}}}}\n"
        )
        copy_database(source, target, parse_policy(NOTHING + rules), KEYS)
        masked = frozenset({"public.person.id", "public.person.boss"})
        assert data_differences(source, target, masked) == []


def test_a_standby_is_a_source(tmp_path: Path) -> None:
    """Its snapshot is exported like any other; it is no target, and its primary is none for it."""
    with running(tmp_path / "primary") as primary, running(tmp_path / "other") as other:
        for database in ("shop", "bare"):
            create_database(primary, database)
        create_database(other, "copy")
        rows = "INSERT INTO t SELECT n, 'p' || n FROM generate_series(1, 1000) AS n"
        run(primary.dsn("shop"), "CREATE TABLE t (id int, who text)", rows)
        with standby_of(primary, tmp_path / "standby") as standby:
            policy = parse_policy(NOTHING)
            assert (
                copy_database(standby.dsn("shop"), other.dsn("copy"), policy, KEYS)
                .tables["public.t"]
                .rows
                == 1000
            )
            with pytest.raises(PrivaciError, match="read-only standby"):
                copy_database(other.dsn("copy"), standby.dsn("bare"), policy, KEYS)
            with pytest.raises(PrivaciError, match="the source database itself"):
                copy_database(standby.dsn("shop"), primary.dsn("shop"), policy, KEYS)


@contextmanager
def standby_of(primary: Server, folder: Path) -> Iterator[Server]:
    """A hot standby that follows the primary over its socket."""
    place = server_folder(folder.absolute())
    (place / "socket").mkdir(mode=0o700)
    command = [
        primary.binaries / "pg_basebackup",
        "-R",
        "-c",
        "fast",
        "-D",
        place / "data",
        "-d",
        primary.dsn(),
    ]
    subprocess.run(command, check=True, capture_output=True)
    for path in (place / "socket", *place.rglob("data"), *(place / "data").rglob("*")):
        os.chown(path, embedded._runner(), -1)
    with running(folder) as standby:
        yield standby
