"""The digest of the audit trail: it finds every change of a proved line, whoever made it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.postgres.session import session
from privaci_core.target.audit_trail import Entry, add_to_trail, carry_trail
from privaci_core.target.trail_digest import (
    add_sealed,
    settled_digest,
    trail_differences,
    trail_digest,
    unsealed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
BEGUN = Entry(refresh="r1", run="n1", who="ops", at=AT, event="begun", said="a\nline break")
LINES = [
    BEGUN,
    replace(BEGUN, event="table loaded", relation="public.person", rows=300),
    replace(BEGUN, event="check", rule="keys_hold", said="passed"),
    replace(BEGUN, event="published"),
]
LOG, GUARD = "_privaci.audit_log", "_privaci.audit_log: append_only"
CHANGED = {LOG: "proved lines were changed, or their order was"}

AGAIN = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON _privaci.audit_log
    EXECUTE FUNCTION _privaci.refuse()
"""


@pytest.fixture
def target(target_db: str) -> Iterator[Connection]:
    """A target with four lines."""
    with session(target_db, autocommit=True) as connection:
        add_to_trail(connection, LINES)
        yield connection


def wait_for_a_lock(dsn: str) -> None:
    """Wait until a session waits for another one's lock on the trail."""
    waits = "SELECT FROM pg_locks WHERE NOT granted AND relation = '_privaci.audit_log'::regclass"
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not connection.execute(waits).rowcount:
            connection.execute("SELECT pg_sleep(0.01)")


def rewrite(target: Connection, *statements: str) -> None:
    """Change the trail as its owner can: without its trigger, which then is put back."""
    target.execute("ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only")
    for statement in statements:
        target.execute(statement.encode())
    target.execute("ALTER TABLE _privaci.audit_log ENABLE TRIGGER append_only")


def test_a_trail_as_it_was_proved_has_no_difference(target: Connection) -> None:
    """Nor has one that a later refresh added to, or whose rows Postgres has moved."""
    content = {"trail": trail_digest(target)}
    assert content["trail"] is not None
    assert content["trail"]["entries"] == 4
    assert trail_differences(target, content) == {}
    add_to_trail(target, [replace(BEGUN, refresh="r2")])
    target.execute("VACUUM FULL _privaci.audit_log")
    assert trail_differences(target, content) == {}
    later = trail_digest(target)
    assert later is not None
    assert later["entries"] == 5
    assert trail_digest(target, 4) == content["trail"]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE _privaci.audit_log SET said = 'failed' WHERE event = 'check'"], CHANGED),
        (["UPDATE _privaci.audit_log SET rows = 301 WHERE rows = 300"], CHANGED),
        (["UPDATE _privaci.audit_log SET who = 'me' WHERE event = 'begun'"], CHANGED),
        (
            [
                "ALTER TABLE _privaci.audit_log ALTER place DROP IDENTITY",
                "UPDATE _privaci.audit_log SET place = 9 - place",
            ],
            CHANGED,
        ),
        (
            ["DELETE FROM _privaci.audit_log WHERE event = 'check'"],
            {LOG: "1 of 4 proved lines are not in it"},
        ),
        (["TRUNCATE _privaci.audit_log"], {LOG: "4 of 4 proved lines are not in it"}),
        (
            [
                "DROP TABLE _privaci.audit_log CASCADE",
                "CREATE TABLE _privaci.audit_log ()",
                AGAIN,
                "ALTER TABLE _privaci.audit_log ADD refresh text, ADD run text, ADD who text",
                "ALTER TABLE _privaci.audit_log ADD at text, ADD event text, ADD relation text",
                "ALTER TABLE _privaci.audit_log ADD column_name text, ADD rule text",
                "ALTER TABLE _privaci.audit_log ADD reason text, ADD rows text, ADD said text",
            ],
            {LOG: "4 of 4 proved lines are not in it"},
        ),
    ],
    ids=["said", "rows", "who", "order", "deleted", "emptied", "made again"],
)
def test_a_rewritten_trail_is_found(
    target: Connection, statements: list[str], found: dict[str, str]
) -> None:
    """Its trigger is in place again, so that nothing else tells."""
    content = {"trail": trail_digest(target)}
    rewrite(target, *statements)
    assert trail_differences(target, content) == found


def test_a_line_in_the_place_of_another_is_found(target: Connection) -> None:
    """There are as many lines as before."""
    content = {"trail": trail_digest(target)}
    rewrite(target, "DELETE FROM _privaci.audit_log WHERE event = 'check'")
    add_to_trail(target, [LINES[2]])
    assert trail_differences(target, content) == CHANGED


def test_a_trail_that_is_gone_is_found(target: Connection) -> None:
    """With its schema, or without its trigger."""
    content = {"trail": trail_digest(target)}
    target.execute("ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only")
    assert trail_differences(target, content) == {GUARD: "the trigger is disabled"}
    target.execute("DROP SCHEMA _privaci CASCADE")
    assert trail_differences(target, content) == {LOG: "the audit trail is not in the target"}
    assert trail_digest(target) is None
    assert trail_differences(target, {}) == {}


def test_a_proof_without_a_trail_says_nothing_about_its_lines(target: Connection) -> None:
    """Proofs of format 1 have none; the trigger is looked at all the same."""
    for content in ({}, {"trail": None}):
        rewrite(target, "DELETE FROM _privaci.audit_log WHERE event = 'check'")
        assert trail_differences(target, content) == {}
    target.execute("ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only")
    assert trail_differences(target, {}) == {GUARD: "the trigger is disabled"}


@pytest.fixture
def sealed(target_db: str) -> Iterator[Connection]:
    """A target with the lines of two publications."""
    with session(target_db, autocommit=True) as connection:
        add_sealed(connection, LINES)
        add_sealed(connection, [replace(line, refresh="r2") for line in LINES])
        yield connection


def test_a_publication_seals_the_lines_before_it(sealed: Connection) -> None:
    """Its line says how many there are, and their digest; later lines are fine."""
    digest = trail_digest(sealed, 7)
    assert digest is not None
    said = sealed.execute("SELECT said FROM _privaci.audit_log ORDER BY place").fetchall()
    assert said[-1] == (f"7 lines before this one, sha256 {digest['sha256']}",)
    assert unsealed(sealed) == {}
    add_to_trail(sealed, [replace(BEGUN, refresh="r3")])
    assert unsealed(sealed) == {}


def test_a_line_that_another_session_is_adding_is_waited_for(
    sealed: Connection, target_db: str
) -> None:
    """It has a number already, and would stand before the seal once it is committed."""
    with psycopg.connect(target_db) as other, ThreadPoolExecutor(1) as pool:
        add_to_trail(other, [replace(BEGUN, refresh="refused")])
        adding = pool.submit(add_sealed, sealed, [replace(line, refresh="r3") for line in LINES])
        wait_for_a_lock(target_db)
        other.commit()
        adding.result()
    assert unsealed(sealed) == {}
    assert settled_digest(sealed) == trail_digest(sealed)
    assert sealed.execute("SELECT count(*) FROM _privaci.audit_log").fetchone() == (13,)


def test_a_database_without_a_trail_has_no_digest(target_db: str) -> None:
    """And nothing is created for it."""
    with session(target_db, autocommit=True) as connection:
        assert settled_digest(connection) is None
        assert connection.execute("SELECT to_regnamespace('_privaci')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE _privaci.audit_log SET who = 'me' WHERE refresh = 'r1'", CHANGED),
        ("UPDATE _privaci.audit_log SET said = '' WHERE event = 'check'", CHANGED),
        ("UPDATE _privaci.audit_log SET said = 'x' WHERE refresh = 'r1' AND said <> ''", CHANGED),
        (
            "DELETE FROM _privaci.audit_log WHERE refresh = 'r1'",
            {LOG: "3 of 7 proved lines are not in it"},
        ),
        (
            "DELETE FROM _privaci.audit_log WHERE event <> 'published'",
            {LOG: "5 of 7 proved lines are not in it"},
        ),
    ],
)
def test_a_broken_seal_is_found(sealed: Connection, statement: str, found: dict[str, str]) -> None:
    """Without any proof."""
    rewrite(sealed, statement)
    assert unsealed(sealed) == found


def test_a_trail_without_a_seal_tells_nothing(target: Connection) -> None:
    """One of an earlier version, one without an order, one that is gone."""
    assert unsealed(target) == {}
    rewrite(target, "UPDATE _privaci.audit_log SET said = 'some lines before this one'")
    assert unsealed(target) == {}
    rewrite(target, "ALTER TABLE _privaci.audit_log DROP place CASCADE")
    assert unsealed(target) == {}
    target.execute("DROP SCHEMA _privaci CASCADE")
    assert unsealed(target) == {}


def test_a_carried_trail_has_the_same_digest(target: Connection, source_db: str) -> None:
    """A swap copies it into another database, in its order, and goes on from there."""
    proved = trail_digest(target)
    with session(source_db, autocommit=True) as new:
        carry_trail(target, new)
        assert trail_digest(new) == proved
        add_to_trail(new, [replace(BEGUN, refresh="r2")])
        assert trail_differences(new, {"trail": proved}) == {}


def test_a_trail_of_an_earlier_version_gets_an_order(target: Connection, source_db: str) -> None:
    """That of its rows, when the next line is added or when it is carried."""
    proved = trail_digest(target)
    rewrite(target, "ALTER TABLE _privaci.audit_log DROP place CASCADE")
    assert trail_digest(target) == proved
    with session(source_db, autocommit=True) as new:
        carry_trail(target, new)
        assert trail_digest(new) == proved
    add_to_trail(target, [replace(BEGUN, refresh="r2")])
    assert trail_differences(target, {"trail": proved}) == {}
    places = target.execute("SELECT array_agg(place ORDER BY place) FROM _privaci.audit_log")
    assert places.fetchone() == ([1, 2, 3, 4, 5],)


def test_the_settings_of_a_database_change_no_digest(target: Connection, target_db: str) -> None:
    """A time is written in one way, whatever a role or the database prefers."""
    proved = trail_digest(target)
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute(
            f"ALTER DATABASE {connection.info.dbname} SET timezone = 'Asia/Tokyo'".encode()
        )
        connection.execute(
            f"ALTER DATABASE {connection.info.dbname} SET datestyle = 'SQL'".encode()
        )
    with session(target_db, autocommit=True) as again:
        assert trail_digest(again) == proved
