"""Why a connection could not be opened: in words, with what to do, and never a password."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from privaci_core.errors import PreflightError
from privaci_core.postgres.connection_failures import failure_of
from privaci_core.postgres.session import session

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "Tr0ub4dor"
REFUSED = 'connection to server at "10.0.0.1", port 5432 failed: FATAL:  {}'


def told(dsn: str) -> PreflightError:
    """What a failed connection says; its password must not be in it."""
    with pytest.raises(PreflightError) as failed, session(dsn):
        pass
    assert SECRET not in str(failed.value)
    return failed.value


@contextmanager
def server(answer: bytes) -> Iterator[int]:
    """A port at which something that is no Postgres answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer, args=(listening, answer), daemon=True).start()
        yield listening.getsockname()[1]


def _answer(listening: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.recv(1024)
            connection.sendall(answer)


@pytest.mark.postgres
def test_a_missing_database_and_a_missing_user_are_told_apart(target_db: str) -> None:
    """Each is named with what to do about it."""
    database = told(make_conninfo(target_db, dbname="no_such_ssl"))
    assert (database.cause, "createdb" in database.remediation) == (
        "the database does not exist",
        True,
    )
    user = told(make_conninfo(target_db, user="ssl_nobody", password=SECRET))
    assert user.cause in {
        "the user does not exist in this server",
        "the server refused the user's name or password",
    }


@pytest.mark.postgres
def test_a_lacking_right_to_connect_is_told(target_db: str) -> None:
    """The database's owner can grant it."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        role = f"outsider_of_{connection.info.dbname}"
        outsider = sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(outsider))
        try:
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
            found = told(make_conninfo(target_db, user=role, password="x"))
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(outsider))
    assert "GRANT CONNECT" in found.remediation


@pytest.mark.unit
def test_an_unknown_host_a_closed_port_and_a_missing_socket_are_told_apart() -> None:
    """The three that a new user meets first."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "host is unknown" in told(f"postgresql://u:{SECRET}@no-such.invalid/db").cause
    assert "nothing listens" in told(f"postgresql://u:{SECRET}@127.0.0.1:{port}/db").cause
    assert "socket" in told("postgresql:///db?host=/no/such/folder").cause


@pytest.mark.unit
def test_a_port_of_something_else_is_told() -> None:
    """An HTTP server answers in its own words; a server without TLS answers N."""
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        found = told(f"postgresql://u:{SECRET}@127.0.0.1:{port}/db?sslmode=disable")
    assert "no PostgreSQL server" in found.cause
    with server(b"N") as port:
        found = told(f"postgresql://u:{SECRET}@127.0.0.1:{port}/db?sslmode=require")
    assert found.cause == "the URL asks for TLS, and the server offers none"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (REFUSED.format('password authentication failed for user "ssl"'), "name or password"),
        (REFUSED.format('no pg_hba.conf entry for host "h", user "tls", no encryption'), "lets no"),
        (REFUSED.format("the database system is starting up"), "starting"),
        ("connection timeout expired", "in time"),
        ("SSL error: certificate verify failed", "certificate"),
        ('root certificate file "/x" does not exist', "certificate"),
        ("fe_sendauth: no password supplied", "asks for a password"),
        ("could not connect: No route to host", "no way"),
        ("server closed the connection unexpectedly", "closed the connection"),
        (f"anything else that quotes {SECRET}", "OperationalError"),
    ],
)
def test_what_the_driver_says_becomes_a_cause_and_a_remedy(said: str, cause: str) -> None:
    """By its words; names in quotes are not taken for them, and no text is passed on."""
    found, remedy = failure_of(psycopg.OperationalError(said))
    assert cause in found
    assert SECRET not in found + remedy
    assert remedy.endswith(".")
