"""A server with hardly a connection left: fewer sessions do the work, or one sentence says so."""

from __future__ import annotations

import re
from contextlib import ExitStack
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run
from substrate.judge import data_differences

from privaci_core.ddl.dump import dump_schema
from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres import session
from privaci_core.postgres.connection_failures import NO_CONNECTION_LEFT
from privaci_core.postgres.session import source_session
from privaci_core.postgres.spread import if_possible, spread
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
HASHED = parse_policy(
    'version: "1.0"\nauto_detect: false\ntables: {public.t: {columns: {who: {action: hash}}}}\n'
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a connection that nobody gives back."""
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.3)


@pytest.fixture
def limited(source_db: str, target_db: str) -> Iterator[Callable[[int], str]]:
    """Opens the target to so many sessions of a role that owns it; returns the role's DSN."""
    database = name_of(target_db)
    role = f"few_{database}"
    run(target_db, f"CREATE ROLE {role} LOGIN PASSWORD 'secret' CREATEDB")
    run(target_db, f"ALTER DATABASE {database} OWNER TO {role}")
    run(target_db, f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {role}")
    run(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text UNIQUE)",
        "CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t)",
        "INSERT INTO t SELECT n, 'secret' || n FROM generate_series(1, 99) n",
        "INSERT INTO u SELECT n, n FROM generate_series(1, 99) n",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )

    def limit(connections: int) -> str:
        run(target_db, f"ALTER ROLE {role} CONNECTION LIMIT {connections}")
        return make_conninfo(target_db, user=role, password="secret")

    yield limit
    run(target_db, f"REASSIGN OWNED BY {role} TO CURRENT_USER", f"DROP OWNED BY {role}")
    run(source_db, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_target_with_two_connections_is_enough(
    source_db: str, limited: Callable[[int], str]
) -> None:
    """One holds the lock, the other one loads, builds, reads back and searches."""
    target = limited(2)
    assert copy_database(source_db, target, HASHED, KEYS).tables["public.t"].rows == 99
    assert data_differences(source_db, target, frozenset({"public.t.who"})) == []


def test_a_finished_target_is_verified_by_one_connection(
    source_db: str, limited: Callable[[int], str]
) -> None:
    """Checks that read by two sessions read by one."""
    copy_database(source_db, limited(-1), HASHED, KEYS)
    with finished(source_db, limited(1), HASHED, KEYS) as refresh:
        evidence = Evidence(copy=refresh.copy, source=refresh.connections.source, remasks=True)
        assert not [name for name, verdict in verdicts(evidence).items() if verdict.wrong]


def test_a_target_with_one_connection_is_told(
    source_db: str, limited: Callable[[int], str]
) -> None:
    """The error names what is used up and how to get more."""
    with pytest.raises(PreflightError) as refused:
        copy_database(source_db, limited(1), HASHED, KEYS)
    assert refused.value.cause == NO_CONNECTION_LEFT
    assert re.search(r"max_connections.*PRIVACI_CONNECTIONS", refused.value.remediation)
    assert "secret" not in str(refused.value)


def test_pg_dump_that_finds_no_connection_says_what_to_do(limited: Callable[[int], str]) -> None:
    """It is a client of its own, and its advice was about privileges."""
    dsn = limited(1)
    with psycopg.connect(dsn), pytest.raises(CopyError) as refused:
        dump_schema(dsn, 150000, None)
    assert "max_connections" in refused.value.remediation


def test_a_connection_that_becomes_free_is_waited_for(
    limited: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that has just ended holds its place for a moment."""
    dsn = limited(1)
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 30)
    held = psycopg.connect(dsn)
    monkeypatch.setattr(session.time, "sleep", lambda _: held.close())
    with source_session(dsn) as reader:
        assert reader.execute("SELECT 1").fetchone() == (1,)


def test_one_session_does_all_if_no_other_can_be_opened(limited: Callable[[int], str]) -> None:
    """Items that a second session would have taken are not lost."""
    dsn = limited(1)

    def work(connection: Connection, numbers: Iterator[int]) -> list[object]:
        query = sql.SQL("SELECT {} * 2")
        return [connection.execute(query.format(number)).fetchone() for number in numbers]

    made = spread(range(9), 3, partial(source_session, dsn), work)
    assert sorted(chain.from_iterable(made)) == [(2 * number,) for number in range(9)]
    with ExitStack() as stack:
        stack.enter_context(source_session(dsn))
        assert stack.enter_context(if_possible(partial(source_session, dsn))) is None
        with pytest.raises(PreflightError, match="no connection left"):
            spread([1], 1, partial(source_session, dsn), work)
