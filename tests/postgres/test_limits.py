"""Time limits that a role or a database sets for its users do not end a refresh."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import project_in, refresh
from psycopg.conninfo import make_conninfo
from substrate.databases import Databases, cloned, name_of, run

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres.limits import LIMITS, without_limits
from privaci_core.refresh.steps import copy_database
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = parse_policy('version: "1.0"\nauto_detect: false')
AGAIN = parse_policy('version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n')
SETTINGS = """
SELECT setconfig FROM pg_db_role_setting JOIN pg_database AS d ON d.oid = setdatabase
WHERE datname = %s
"""
SCHEMA = (
    "CREATE TABLE t (id int PRIMARY KEY, body text)",
    "INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 50000) AS n",
    "CREATE INDEX body ON t (body)",
    "CREATE MATERIALIZED VIEW slow AS SELECT id, pg_sleep(0.02)::text FROM t LIMIT 2",
)


@pytest.fixture
def hurried(every_server: Databases) -> Iterator[tuple[str, str]]:
    """Source and target of each version, for a role that has one millisecond for everything."""
    role = f"hurried_{uuid.uuid4().hex[:8]}"
    with cloned(every_server) as source, cloned(every_server) as target:
        run(source, f"CREATE ROLE {role} LOGIN SUPERUSER", *SCHEMA)
        with psycopg.connect(source, autocommit=True) as admin:
            known = {limit for limit, since in LIMITS.items() if since <= admin.info.server_version}
            for limit in known:
                admin.execute(f"ALTER ROLE {role} SET {limit} = 1")  # type: ignore[call-overload]
        yield make_conninfo(source, user=role), make_conninfo(target, user=role)
        run(target, f"DROP OWNED BY {role}")
        run(source, f"DROP OWNED BY {role}")
    run(every_server.maintenance, f"DROP ROLE {role}")


def test_a_role_with_one_millisecond_refreshes(hurried: tuple[str, str]) -> None:
    """Every session lifts the limits before its first statement, pg_dump's too."""
    report = copy_database(*hurried, NOTHING, KEYS)
    assert report.tables["public.t"].rows == 50000
    assert name_of(hurried[0]) != name_of(hurried[1])


@pytest.fixture
def read_once(databases: Databases) -> Iterator[tuple[str, str]]:
    """Source and target whose databases, and their role in them, allow next to nothing."""
    role = f"hurried_{uuid.uuid4().hex[:8]}"
    with cloned(databases) as source, cloned(databases) as target:
        run(source, f"CREATE ROLE {role} LOGIN SUPERUSER", *SCHEMA)
        with psycopg.connect(source, autocommit=True) as admin:
            known = {limit for limit, since in LIMITS.items() if since <= admin.info.server_version}
        for name in map(name_of, (source, target)):
            # From another database: sessions of this one would end at once.
            for each in known:
                run(databases.maintenance, f"ALTER ROLE {role} IN DATABASE {name} SET {each} = 1")
                run(databases.maintenance, f"ALTER DATABASE {name} SET {each} = '1ms'")
        read_only = f"ALTER DATABASE {name_of(source)} SET default_transaction_read_only = on"
        run(databases.maintenance, read_only)
        yield make_conninfo(source, user=role), make_conninfo(target, user=role)
    run(databases.maintenance, f"DROP ROLE {role}")


def test_limits_of_a_role_in_a_database_are_lifted_and_copied(read_once: tuple[str, str]) -> None:
    """Those of the database too; the target gets them for its people, and so twice in a row."""
    for _ in range(2):
        report = copy_database(*read_once, AGAIN, KEYS)
        assert report.tables["public.t"].rows == 50000
        assert [note for note in report.notes if note.startswith("SETTING")] == []
    database = name_of(read_once[1])
    with psycopg.connect(make_conninfo(read_once[1], dbname="postgres")) as server:
        server.execute("SET statement_timeout = 0")
        found = server.execute(SETTINGS, [database]).fetchall()
    settings = [setting for (settings,) in found for setting in settings]
    assert settings.count("statement_timeout=1ms") + settings.count("statement_timeout=1") == 2
    assert "default_transaction_read_only=on" in settings


def test_a_hurried_role_refreshes_in_all_processes(
    read_once: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: plan, snapshot, loading processes, checks, publication."""
    with dg.DagsterInstance.ephemeral() as instance:
        project = project_in(tmp_path, *read_once)
        result = refresh(project, instance, monkeypatch)
        assert result.success, first_failure(result)


def test_options_of_the_connection_string_stay() -> None:
    """Ours follow them, so that ours hold."""
    dsn = without_limits("dbname=shop options='-c geqo=off -c statement_timeout=5'")
    assert "-c geqo=off -c statement_timeout=5 -c statement_timeout=0" in dsn
    assert "transaction_timeout" not in dsn
    assert "-c transaction_timeout=0" in without_limits("dbname=shop", 170000)
