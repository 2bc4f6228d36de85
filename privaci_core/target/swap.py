"""Puts a database that was loaded beside the target in its place: the old one serves until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import driver_errors, what_failed
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import maintenance

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

NAME_BYTES = 63
# What a database is made with; the copy of it must compare and sort as the old one did.
MAKING = """
SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, pg_catalog.pg_get_userbyid(datdba),
       (SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user)
FROM pg_catalog.pg_database WHERE datname = %s
"""
GRANTS = """
SELECT acl.privilege_type, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(
           pg_catalog.pg_get_userbyid(acl.grantee)) END, acl.is_grantable
FROM pg_catalog.pg_database, pg_catalog.aclexplode(datacl) AS acl WHERE datname = %s ORDER BY 2, 1
"""


def next_to(dsn: str) -> str:
    """The DSN of the database that is loaded beside the target."""
    return make_conninfo(dsn, dbname=_beside(database_of(dsn), "next"))


def create_next(dsn: str) -> None:
    """Create the database beside the target, empty; one that an earlier copy left behind goes first."""
    name, beside = database_of(dsn), _beside(database_of(dsn), "next")
    with maintenance(dsn) as server:
        made = server.execute(MAKING, [name]).fetchone()
        if made is None or not made[4]:
            why = (
                "there is no such database" if made is None else "the user may not create databases"
            )
            remedy = (
                "on_existing_data: swap needs CREATEDB on the target's server; or use drop_create."
            )
            raise PreflightError(f"Creating {beside} beside {describe(dsn)}", why, remedy)
        encoding, collate, ctype, owner, _ = made
        options = sql.SQL(
            "TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {} OWNER {}"
        ).format(
            sql.Literal(encoding), sql.Literal(collate), sql.Literal(ctype), sql.Identifier(owner)
        )
        with driver_errors(f"Creating {beside} beside {describe(dsn)}"):
            _drop(server, beside)
            server.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(beside), options))
            for privilege, grantee, grantable in server.execute(GRANTS, [name]).fetchall():
                grant = sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                    sql.SQL(privilege),
                    sql.Identifier(beside),
                    sql.SQL(grantee),
                    sql.SQL(" WITH GRANT OPTION" if grantable else ""),
                )
                server.execute(grant)


def swap_in(dsn: str) -> None:
    """Put the database beside the target in its place, and drop the old one."""
    name = database_of(dsn)
    beside, old = _beside(name, "next"), _beside(name, "old")
    with maintenance(dsn) as server:
        with driver_errors(f"Dropping {old}, which an earlier swap left behind"):
            _drop(server, old)
        _rename(server, name, old, f"Moving the old {name} aside")
        try:
            _rename(server, beside, name, f"Putting {beside} in the place of {name}")
        except CopyError:
            _rename(server, old, name, f"Moving the old {name} back")
            raise
        with driver_errors(f"Dropping the old {name}"):
            _drop(server, old)


def _rename(server: Connection, name: str, to: str, doing: str) -> None:
    """Rename a database: nobody may come in meanwhile, and who is in has to go."""
    renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
        sql.Identifier(name), sql.Identifier(to)
    )
    connections = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    try:
        server.execute(connections.format(sql.Identifier(name), sql.SQL("false")))
        _end_sessions(server, name)
        server.execute(renamed)
        server.execute(connections.format(sql.Identifier(to), sql.SQL("true")))
    except psycopg.Error as error:
        with driver_errors(f"Letting sessions into {name} again"):
            server.execute(connections.format(sql.Identifier(name), sql.SQL("true")))
        remedy = "Give the target's user ownership of the database and pg_signal_backend; the old one is in place."
        raise CopyError(doing, what_failed(error), remedy) from None


def _drop(server: Connection, name: str) -> None:
    _end_sessions(server, name)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _end_sessions(server: Connection, name: str) -> None:
    """End the sessions in a database and wait until they have gone."""
    for _ in range(100):
        ended = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s"
        if not server.execute(ended, [name]).fetchall():
            return
        server.execute("SELECT pg_catalog.pg_sleep(0.05)")


def _beside(name: str, word: str) -> str:
    """A name beside another's, within what Postgres keeps of a name."""
    return f"{name.encode()[: NAME_BYTES - len(word) - 1].decode(errors='ignore')}_{word}"
