"""From the first write until publication, no role but the loading one gets into the target."""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh import steps
from privaci_core.refresh.steps import copy_database
from privaci_core.target.fence import fence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.loading.copy import Copy

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
SCHEMA = "CREATE TABLE t (id int PRIMARY KEY)"
ROWS = "INSERT INTO t SELECT generate_series(1, 10)"
ACCESS = "SELECT datacl::text, datconnlimit, datallowconn FROM pg_database WHERE datname = %s"
MODES = ("fail", "truncate", "drop_create", "swap")


@pytest.fixture
def roles(target_db: str) -> Iterator[tuple[str, str]]:
    """The owner of the target, and a reader of it; neither is a superuser."""
    tag = uuid.uuid4().hex[:8]
    owner, reader = f"owner_{tag}", f"reader_{tag}"
    run(target_db, f"CREATE ROLE {owner} LOGIN CREATEDB", f"CREATE ROLE {reader} LOGIN")
    run(
        target_db,
        f"GRANT pg_signal_backend TO {owner}",
        f"ALTER DATABASE {name_of(target_db)} OWNER TO {owner}",
        f"ALTER SCHEMA public OWNER TO {owner}",
    )
    yield owner, reader
    admin = make_conninfo(target_db, dbname="postgres")
    run(
        admin,
        f"DROP DATABASE IF EXISTS {name_of(target_db)} (FORCE)",
        f"DROP DATABASE IF EXISTS {name_of(target_db)}_next (FORCE)",
        f"DROP OWNED BY {owner}",
        f"DROP ROLE {owner}",
        f"DROP OWNED BY {reader}",
        f"DROP ROLE {reader}",
    )


def copied(source: str, target: str, mode: str) -> None:
    """Copy unmasked."""
    text = f'version: "1.0"\nauto_detect: false\non_existing_data: {mode}\n'
    copy_database(source, target, parse_policy(text), KEYS)


def access(dsn: str, database: str = "") -> Any:
    """Who may connect to a database, as Postgres stores it."""
    with psycopg.connect(make_conninfo(dsn, dbname="postgres")) as server:
        return server.execute(ACCESS, [database or name_of(dsn)]).fetchone()


def gets_in(dsn: str) -> bool:
    """Whether a session can be opened."""
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True


def watched(monkeypatch: pytest.MonkeyPatch, dsn: str, beside: str) -> dict[str, bool]:
    """Whether a reader gets into target and database beside, while rows are loaded."""
    seen: dict[str, bool] = {}
    load = steps.load_tables

    def look(copy: Copy, *more: Any) -> Any:
        seen["target"] = gets_in(dsn)
        seen["beside"] = gets_in(make_conninfo(dsn, dbname=beside))
        return load(copy, *more)

    monkeypatch.setattr(steps, "load_tables", look)
    return seen


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("as_owner", [False, True], ids=["superuser", "owner"])
def test_nobody_reads_before_publication(
    source_db: str,
    target_db: str,
    roles: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    *,
    as_owner: bool,
) -> None:
    """A reader's session ends, no new one opens, and after publication all is as it was."""
    owner, reader = roles
    run(source_db, SCHEMA, ROWS)
    name = name_of(target_db)
    into = make_conninfo(target_db, user=owner) if as_owner else target_db
    if mode != "fail":
        run(make_conninfo(target_db, user=owner), SCHEMA, ROWS)
    run(
        target_db,
        f"GRANT CONNECT ON DATABASE {name} TO {reader} WITH GRANT OPTION",
        f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC",
        f"GRANT TEMP ON DATABASE {name} TO pg_monitor",
        f"ALTER DATABASE {name} CONNECTION LIMIT 17",
    )
    before, theirs = access(target_db), make_conninfo(target_db, user=reader)
    seen = watched(monkeypatch, theirs, f"{name}_next")
    with psycopg.connect(theirs) as session:
        copied(source_db, into, mode)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert seen == {"target": mode == "swap", "beside": False}
    assert access(target_db) == before
    assert gets_in(theirs)


@pytest.mark.parametrize("as_owner", [False, True], ids=["superuser", "owner"])
def test_default_rights_stay_the_default(
    source_db: str, target_db: str, roles: tuple[str, str], *, as_owner: bool
) -> None:
    """A superuser leaves no list of grants behind; an owner can only write the default out."""
    run(source_db, SCHEMA, ROWS)
    copied(source_db, make_conninfo(target_db, user=roles[0]) if as_owner else target_db, "fail")
    written = f"{{=Tc/{roles[0]},{roles[0]}=CTc/{roles[0]}}}" if as_owner else None
    assert access(target_db) == (written, -1, True)


def test_a_refused_publication_keeps_the_fence(
    source_db: str, target_db: str, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later refresh puts back what was there before the first one, not what the fence made."""
    owner, reader = roles
    run(source_db, SCHEMA, ROWS)
    before, into = access(target_db), make_conninfo(target_db, user=owner)
    theirs = make_conninfo(target_db, user=reader)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "publish_target", _fail)
        with pytest.raises(CopyError):
            copied(source_db, into, "fail")
    assert not gets_in(theirs)
    copied(source_db, into, "drop_create")
    assert gets_in(theirs)
    assert before == (None, -1, True)
    assert access(target_db)[1:] == before[1:]


def test_a_swap_after_a_refused_refresh_in_place(
    source_db: str, target_db: str, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new database gets the rights from before the fence, not the fence itself."""
    run(source_db, SCHEMA, ROWS)
    run(target_db, f"ALTER DATABASE {name_of(target_db)} CONNECTION LIMIT 17")
    before = access(target_db)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "publish_target", _fail)
        with pytest.raises(CopyError):
            copied(source_db, target_db, "drop_create")
    assert access(target_db) == (None, 0, True)
    copied(source_db, target_db, "swap")
    assert access(target_db) == before
    assert gets_in(make_conninfo(target_db, user=roles[1]))


def _fail(*_: Any) -> None:
    raise CopyError("Publishing", "a check failed", "Look.")


@pytest.mark.parametrize("as_owner", [False, True], ids=["superuser", "owner"])
def test_a_kill_between_record_and_fence_leaves_neither(
    target_db: str, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch, *, as_owner: bool
) -> None:
    """The record and the change are one transaction."""
    run(target_db, f"GRANT CONNECT ON DATABASE {name_of(target_db)} TO {roles[1]}")
    before = access(target_db)
    monkeypatch.setattr("privaci_core.target.fence.close_to_others", _end_own_session)
    into = make_conninfo(target_db, user=roles[0]) if as_owner else target_db
    with psycopg.connect(into, autocommit=True) as target, pytest.raises(CopyError):
        fence(target)
    assert access(target_db) == before
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('_privaci.fence')").fetchone() == (None,)


def _end_own_session(connection: psycopg.Connection[Any], *_: Any) -> None:
    """What a kill of the server's process leaves: a transaction that never commits."""
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("as_owner", [False, True], ids=["superuser", "owner"])
def test_a_kill_between_opening_and_the_mark_keeps_the_fence(
    source_db: str,
    target_db: str,
    roles: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    as_owner: bool,
) -> None:
    """The target stays closed and unfinished together; the next refresh opens it as it was."""
    owner, reader = roles
    run(source_db, SCHEMA, ROWS)
    run(
        target_db,
        f"GRANT CONNECT ON DATABASE {name_of(target_db)} TO {reader}",
        f"REVOKE CONNECT ON DATABASE {name_of(target_db)} FROM PUBLIC",
    )
    before, theirs = access(target_db), make_conninfo(target_db, user=reader)
    into = make_conninfo(target_db, user=owner) if as_owner else target_db
    with monkeypatch.context() as patched:
        patched.setattr(steps, "mark_finished", _end_own_session)
        with pytest.raises((CopyError, psycopg.OperationalError)):
            copied(source_db, into, "fail")
    assert not gets_in(theirs)
    copied(source_db, into, "drop_create")
    assert access(target_db) == before
    assert gets_in(theirs)


def test_a_user_who_is_not_the_owner(
    source_db: str, target_db: str, roles: tuple[str, str]
) -> None:
    """It cannot keep others out, so nothing is written, and the error says who can."""
    _, reader = roles
    run(source_db, SCHEMA, ROWS)
    run(target_db, f"GRANT ALL ON DATABASE {name_of(target_db)} TO {reader}")
    with pytest.raises(PreflightError, match="not the database's owner") as caught:
        copied(source_db, make_conninfo(target_db, user=reader), "fail")
    assert "swap" in str(caught.value)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regnamespace('_privaci')").fetchone() == (None,)


def test_sessions_that_may_not_be_ended(
    source_db: str, target_db: str, roles: tuple[str, str]
) -> None:
    """The target is opened again, and the error says which right is missing."""
    owner, reader = roles
    run(source_db, SCHEMA, ROWS)
    run(target_db, f"REVOKE pg_signal_backend FROM {owner}")
    with (
        psycopg.connect(make_conninfo(target_db, user=reader)),
        pytest.raises(PreflightError, match="may not end them"),
    ):
        copied(source_db, make_conninfo(target_db, user=owner), "fail")
    assert gets_in(make_conninfo(target_db, user=reader))
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regnamespace('_privaci')").fetchone() == (None,)


def test_a_kill_during_the_exchange_changes_nothing(
    source_db: str, target_db: str, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both databases keep their names, people get into the old one, and a later swap succeeds."""
    run(source_db, SCHEMA, ROWS)
    before, theirs = access(target_db), make_conninfo(target_db, user=roles[1])
    with monkeypatch.context() as patched:
        patched.setattr("privaci_core.target.swap.give_access", _end_own_session)
        with pytest.raises(CopyError, match="the old one is in place"):
            copied(source_db, target_db, "swap")
    assert gets_in(theirs)
    assert access(target_db) == before
    assert access(target_db, f"{name_of(target_db)}_next")[1:] == (0, True)
    copied(source_db, target_db, "swap")
    assert access(target_db) == before
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM t").fetchone() == (10,)


def test_a_swap_is_not_held_up_by_people_who_come_back(
    source_db: str, target_db: str, roles: tuple[str, str]
) -> None:
    """Sessions that open all the time are ended or wait; none keeps the old database in place."""
    run(source_db, SCHEMA, ROWS)
    stop = threading.Event()

    def keep_coming() -> None:
        while not stop.is_set():
            with (
                suppress(psycopg.Error),
                psycopg.connect(make_conninfo(target_db, user=roles[1])) as session,
            ):
                session.execute("SELECT pg_sleep(1)")

    people = [threading.Thread(target=keep_coming) for _ in range(4)]
    for person in people:
        person.start()
    try:
        copied(source_db, target_db, "swap")
    finally:
        stop.set()
        for person in people:
            person.join()
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM t").fetchone() == (10,)


def test_a_swap_tells_that_it_may_not_create_databases(
    source_db: str, target_db: str, roles: tuple[str, str]
) -> None:
    """In its own words, and the database of people stays open."""
    owner, reader = roles
    run(source_db, SCHEMA, ROWS)
    run(target_db, f"ALTER ROLE {owner} NOCREATEDB")
    with pytest.raises(PreflightError, match="may not create databases"):
        copied(source_db, make_conninfo(target_db, user=owner), "swap")
    assert gets_in(make_conninfo(target_db, user=reader))
