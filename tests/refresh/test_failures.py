"""An error says what was being done, why it failed, and what to do; it quotes no value."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from substrate.databases import name_of, run
from substrate.judge import differences

from privaci_core.ddl import dump
from privaci_core.ddl.dump import Dump, Entry
from privaci_core.errors import CopyError, PreflightError, PrivaciError
from privaci_core.loading.copy import EVERYTHING, Options
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres import session
from privaci_core.refresh import steps
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = parse_policy('version: "1.0"\nauto_detect: false')


def refused(source: str, target: str) -> PrivaciError:
    """The error that ends a copy; it has all four parts."""
    with pytest.raises(PrivaciError) as caught:
        copy_database(source, target, NOTHING, KEYS)
    message = str(caught.value)
    assert all(word in message for word in ("Cause: ", "Remediation: ", "Docs: privaci docs "))
    assert "secret" not in message
    return caught.value


def marked(target: str) -> bool:
    """Whether the target is marked unfinished."""
    with psycopg.connect(target) as connection:
        return connection.execute(
            "SELECT to_regclass('_privaci.unfinished') IS NOT NULL"
        ).fetchone() == (True,)


def maintenance(dsn: str) -> str:
    """Another database of the same server."""
    return make_conninfo(dsn, dbname="postgres")


@pytest.fixture
def reader(source_db: str) -> Iterator[str]:
    """A DSN of a user who may connect to the source and no more."""
    name = f"reader_of_{name_of(source_db)}"
    run(source_db, f"CREATE ROLE {name} LOGIN PASSWORD 'secret-password'")
    yield make_conninfo(source_db, user=name, password="secret-password")
    run(source_db, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_an_unreachable_source(target_db: str) -> None:
    """The error has the address and not the password."""
    error = refused("postgresql://me:secret-password@127.0.0.1:1/shop?connect_timeout=1", target_db)
    assert isinstance(error, PreflightError)
    assert "127.0.0.1:1/shop" in str(error)


def test_a_database_that_is_not_there(source_db: str) -> None:
    """Before anything is read."""
    assert "does not exist" in str(
        refused(source_db, make_conninfo(source_db, dbname="no_such_database"))
    )


def test_wrong_credentials(source_db: str, target_db: str) -> None:
    """A role that is not there."""
    error = refused(
        make_conninfo(source_db, user="no_such_role", password="secret-password"), target_db
    )
    assert isinstance(error, PreflightError)


def test_tables_that_may_not_be_read(source_db: str, target_db: str, reader: str) -> None:
    """All are named before the target is touched, also where row-level security hides rows."""
    user = str(conninfo_to_dict(reader)["user"])
    run(
        source_db,
        "CREATE TABLE readable (id int)",
        "CREATE TABLE denied (id int)",
        "CREATE TABLE hidden (id int)",
        "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA closed",
        "CREATE TABLE closed.deep (id int)",
        f"GRANT SELECT ON readable, hidden TO {user}",
    )
    error = refused(reader, target_db)
    assert isinstance(error, PreflightError)
    for named in ("public.denied", "public.hidden (row-level security)", "closed.deep"):
        assert named in str(error)
    assert "public.readable" not in str(error)
    assert not marked(target_db)


def test_a_target_that_may_not_be_written(source_db: str, target_db: str, reader: str) -> None:
    """The user lacks CREATE on the database."""
    run(source_db, "CREATE TABLE t (id int)")
    error = refused(source_db, make_conninfo(reader, dbname=name_of(target_db)))
    assert isinstance(error, PreflightError)
    assert "GRANT CREATE" in str(error)


def test_the_source_is_not_its_own_target(source_db: str) -> None:
    """Whatever the two URLs look like."""
    assert "it is the source database itself" in str(
        refused(source_db, make_conninfo(source_db, application_name="x"))
    )


def test_production_is_never_written(source_db: str, target_db: str) -> None:
    """A setting of the database is enough."""
    run(target_db, f"ALTER DATABASE {name_of(target_db)} SET privaci.production = 'on'")
    assert "marked as production" in str(refused(source_db, target_db))


def test_a_copy_of_production_is_not_production(source_db: str, target_db: str) -> None:
    """The source's mark stays with the source: its target can be refreshed again."""
    run(source_db, "CREATE TABLE t (id int PRIMARY KEY)")
    run(source_db, f"ALTER DATABASE {name_of(source_db)} SET privaci.production = 'on'")
    run(source_db, f"ALTER DATABASE {name_of(source_db)} SET work_mem = '7MB'")
    policy = parse_policy('version: "1.0"\non_existing_data: drop_create\n')
    for _ in range(2):
        copy_database(source_db, target_db, policy, KEYS)
    with psycopg.connect(target_db) as target:
        assert target.execute("SHOW work_mem").fetchone() == ("7MB",)


def test_a_server_that_is_too_old(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names its version."""
    monkeypatch.setattr(session, "OLDEST_SERVER", 990000)
    assert "the server is version" in str(refused(source_db, target_db))


def test_no_pg_dump_that_is_new_enough(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is missed before the target is touched; the error says what to install."""
    monkeypatch.setattr(dump, "_folders", lambda: iter(()))
    dump.known_versions.cache_clear()
    error = refused(source_db, target_db)
    dump.known_versions.cache_clear()
    assert "pg_dump must be at least as new as the server; none was found" in str(error)
    assert not marked(target_db)


def test_a_source_that_goes_away(source_db: str, target_db: str) -> None:
    """In the middle of a table: the target stays marked unfinished."""
    rows = "INSERT INTO t SELECT n, repeat('secret', 20) FROM generate_series(1, 400000) AS n"
    run(source_db, "CREATE TABLE t (id int, body text)", rows)
    stop = threading.Event()
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND query LIKE 'COPY %%TO STDOUT%%' AND pid <> pg_backend_pid()"
    )

    def end_readers() -> None:
        with psycopg.connect(maintenance(source_db), autocommit=True) as server:
            while not stop.is_set():
                server.execute(ended, [name_of(source_db)])
                time.sleep(0.01)

    thread = threading.Thread(target=end_readers)
    thread.start()
    try:
        error = refused(source_db, target_db)
    finally:
        stop.set()
        thread.join()
    assert "public.t" in str(error)
    assert marked(target_db)


def test_limits_of_the_server_do_not_end_a_copy(source_db: str, target_db: str) -> None:
    """Timeouts that a database sets for its users do not apply to copies."""
    run(source_db, "CREATE TABLE t (id int)", "INSERT INTO t SELECT generate_series(1, 100000)")
    for dsn in (source_db, target_db):
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            run(maintenance(dsn), f"ALTER DATABASE {name_of(dsn)} SET {limit} = '20ms'")
    assert copy_database(source_db, target_db, NOTHING, KEYS).tables["public.t"].rows == 100_000


def test_a_row_that_the_target_refuses(source_db: str, target_db: str) -> None:
    """A check fails in the target only: table and constraint are named, the row is not."""
    run(
        source_db,
        "CREATE TABLE t (body text)",
        "INSERT INTO t VALUES ('secret value')",
        "CREATE FUNCTION fine(text) RETURNS bool IMMUTABLE LANGUAGE sql"
        f" AS $$ SELECT current_database() = '{name_of(source_db)}' $$",
        "ALTER TABLE t ADD CONSTRAINT body_is_fine CHECK (public.fine(body))",
    )
    error = refused(source_db, target_db)
    assert isinstance(error, CopyError)
    assert "body_is_fine" in str(error)
    assert marked(target_db)


def test_an_extension_that_the_target_lacks(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, with what to install."""
    ddl = "CREATE EXTENSION no_such_thing;"
    entry = Entry(
        id=1, kind="EXTENSION", schema="-", name="no_such_thing", owner="", needs=(), sql=ddl
    )
    monkeypatch.setattr(steps, "dump_of", lambda *_: Dump(pre_data=(entry,), post_data=()))
    assert "Install the extension no_such_thing" in str(refused(source_db, target_db))


def test_types_without_a_binary_form_travel_as_text(source_db: str, target_db: str) -> None:
    """An aclitem has none."""
    run(source_db, "CREATE TABLE t (a aclitem)", "INSERT INTO t VALUES ('postgres=r/postgres')")
    copy_database(source_db, target_db, NOTHING, KEYS)
    assert differences(source_db, target_db) == []


def test_large_objects_keep_their_numbers(source_db: str, target_db: str) -> None:
    """And their content; the report says that nothing in them is masked."""
    content = "decode(repeat('00ff', 3000000), 'hex')"
    comment = "COMMENT ON LARGE OBJECT 77001 IS 'a scan'"
    run(source_db, f"SELECT lo_from_bytea(77001, {content})", "SELECT lo_create(77002)", comment)
    report = copy_database(source_db, target_db, NOTHING, KEYS)
    assert "LARGE OBJECTS: 2 were copied unmasked" in report.notes
    with psycopg.connect(target_db) as target:
        assert target.execute(f"SELECT md5(lo_get(77001)) = md5({content})").fetchone() == (True,)
        assert target.execute("SELECT obj_description(77001, 'pg_largeobject')").fetchone() == (
            "a scan",
        )


def test_grants_and_publications_by_choice(source_db: str, target_db: str, reader: str) -> None:
    """They are copied or skipped."""
    user = str(conninfo_to_dict(reader)["user"])
    run(
        source_db,
        "CREATE TABLE t (id int)",
        f"GRANT SELECT ON t TO {user}",
        "CREATE PUBLICATION all_of_it FOR TABLE t",
    )
    found = (
        f"SELECT has_table_privilege('{user}', 't', 'SELECT'),"
        " (SELECT count(*) FROM pg_publication)"
    )
    for options, expected in (
        (EVERYTHING, (True, 1)),
        (Options(acl=False, publications=False), (False, 0)),
    ):
        copy_database(
            source_db,
            target_db,
            parse_policy('version: "1.0"\nauto_detect: false\non_existing_data: drop_create'),
            KEYS,
            options,
        )
        with psycopg.connect(target_db) as target:
            assert target.execute(found).fetchone() == expected


def test_passwords_of_other_servers_are_not_copied(source_db: str, target_db: str) -> None:
    """A user mapping is skipped, with a note."""
    run(
        source_db,
        "CREATE FOREIGN DATA WRAPPER other",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER other OPTIONS (host 'db.example.test')",
        "CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere"
        " OPTIONS (password 'secret-password')",
    )
    report = copy_database(source_db, target_db, NOTHING, KEYS)
    assert any(note.startswith("USER MAPPING") for note in report.notes)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM pg_user_mapping").fetchone() == (0,)
        assert target.execute("SELECT count(*) FROM pg_foreign_server").fetchone() == (1,)


def test_a_mask_that_fails_quotes_no_value(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library's error may quote the value: only the table and the error's type are named."""
    run(source_db, "CREATE TABLE t (who text)", "INSERT INTO t VALUES ('secret person')")

    def broken(values: object) -> object:
        raise ValueError(f"cannot take {values}")

    monkeypatch.setattr("privaci_core.stream.bind_columns.bind", lambda *_: broken)
    policy = parse_policy('version: "1.0"\ntables: {public.t: {columns: {who: {action: hash}}}}')
    with pytest.raises(CopyError) as caught:
        copy_database(source_db, target_db, policy, KEYS)
    assert "public.t" in str(caught.value)
    assert "ValueError" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert marked(target_db)
