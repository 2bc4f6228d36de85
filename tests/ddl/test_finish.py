"""Positions of sequences, many in one statement; views that the target cannot fill."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.ddl.finish import Orphans, copy_sequences, finish_objects
from privaci_core.errors import CopyError
from privaci_core.postgres.session import source_session, target_session

pytestmark = pytest.mark.postgres

NAMES = [("public", name) for name in ("fresh", "Used", "backwards", "missing")]
SEQUENCES = """
CREATE SEQUENCE fresh START 7;
CREATE SEQUENCE "Used";
CREATE SEQUENCE backwards INCREMENT -1 MINVALUE -9223372036854775808;
"""


def test_every_position_is_the_sources(source_db: str, target_db: str) -> None:
    """Whether or not the sequence has given a number; one that the target lacks is skipped."""
    for dsn in (source_db, target_db):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SEQUENCES)
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(
            "SELECT setval('\"Used\"', 41), setval('backwards', -9223372036854775807)"
        )
        connection.execute("CREATE SEQUENCE missing")
    with (
        source_session(source_db) as source,
        target_session(target_db, autocommit=True) as target,
    ):
        copy_sequences(source, target, NAMES)
        given = (
            "SELECT nextval('public.fresh'), nextval('public.\"Used\"'), last_value FROM public.{}"
        )
        found = target.execute(given.format("backwards").encode()).fetchone()
    assert found == (7, 42, -9223372036854775807)


def test_a_sequence_that_cannot_be_read_is_named(source_db: str, target_db: str) -> None:
    """The others get their positions all the same."""
    for dsn in (source_db, target_db):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SEQUENCES)
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("SELECT setval('fresh', 100); DROP SEQUENCE \"Used\"")
    with (
        source_session(source_db) as source,
        target_session(target_db, autocommit=True) as target,
        pytest.raises(CopyError, match=r'Copying the position of sequence public\."Used"\n'),
    ):
        copy_sequences(source, target, NAMES[:3])
    with psycopg.connect(target_db) as connection:
        assert connection.execute("SELECT nextval('fresh')").fetchone() == (101,)


def test_a_view_whose_owner_may_not_read_says_whose_privileges_count(target_db: str) -> None:
    """A superuser's own privileges do not help: the query runs as the owner."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("CREATE MATERIALIZED VIEW v AS SELECT id FROM t")
        connection.execute("ALTER MATERIALIZED VIEW v OWNER TO pg_monitor")
    with pytest.raises(CopyError, match=r"view public\.v on the target\n.*\n.*the view's owner"):
        finish_objects(target_db, (), [("public", "v")], Orphans())


def test_a_view_that_reads_what_the_target_does_not_reach_says_what_to_do(target_db: str) -> None:
    """As over a foreign table of a server that is behind a wall."""
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("""
            CREATE FUNCTION far() RETURNS SETOF int LANGUAGE plpgsql AS $$
                BEGIN RAISE 'no way to secret7' USING ERRCODE = '08001'; END $$;
            CREATE MATERIALIZED VIEW near AS SELECT * FROM far() WITH NO DATA;
        """)
    with pytest.raises(CopyError) as refused:
        finish_objects(target_db, [], [("public", "near")], Orphans())
    assert refused.value.context == "Refreshing materialized view public.near on the target"
    assert "SQLSTATE 08001" in refused.value.cause
    assert "another server" in refused.value.remediation
    assert "secret7" not in str(refused.value)
