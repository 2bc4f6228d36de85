"""Makes whole databases of their own from a published target: branches, named, and with a ttl."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from privaci_core.ddl.create import copy_database_settings
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import maintenance, session
from privaci_core.target.access import access_to, give_access
from privaci_core.testdata.published import published_refresh, refuse_unproved
from privaci_core.testdata.run_errors import BranchRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from privaci_core.postgres.session import Connection

Strategy = Literal["auto", "file_copy", "wal_log"]
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NAME_BYTES = 63
# Between the name of the target and that of the branch.
INFIX = "_branch_"
# What a branch's comment begins with; the rest is JSON.
MARK = "privaci branch "
FIRST_WITH_FORCE, FIRST_WITH_STRATEGY, FIRST_WITH_CLONE = 130000, 150000, 180000
# A log of pages is written faster than files are copied while a database is small.
SMALL_BYTES = 64 * 1024 * 1024
BRANCHES = """
SELECT datname, pg_catalog.pg_database_size(oid),
       pg_catalog.substr(pg_catalog.shobj_description(oid, 'pg_database'), %s)
FROM pg_catalog.pg_database
WHERE pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_database'), %s)
ORDER BY datname
"""
SIZE = "SELECT pg_catalog.pg_database_size(%s)"
IS_THERE = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"
SESSIONS = """
SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend'
"""
END_SESSIONS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend'
"""
TRIES = 5
# Only servers that can clone files have this value.
CLONE = "SET file_copy_method = 'clone'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A database that was made from a target."""

    name: str
    database: str
    of: str
    created: datetime
    # None: it stays until it is dropped.
    expires: datetime | None
    # The test run whose database it is, if it is one's.
    run: str = ""
    bytes: int = 0


def create_branch(
    dsn: str,
    name: str,
    *,
    ttl: timedelta | None = None,
    strategy: Strategy = "auto",
    end_sessions: bool = False,
    run: str = "",
) -> Branch:
    """Copy a published target into a database of its own."""
    branch = _named(dsn, name, ttl, run)
    doing = f"Making the branch {name} of {describe(dsn)}"
    with session(dsn, autocommit=True) as target:
        published_refresh(target)
        refuse_unproved(target)
    with maintenance(dsn) as server, driver_errors(doing, "Give the user CREATEDB."):
        if server.execute(IS_THERE, [branch.database]).rowcount:
            why = f"there is a database {branch.database} already"
            raise BranchRefused(doing, why, f"Drop it: privaci branch drop {name}")
        _copy(server, branch, strategy, doing, end_sessions=end_sessions)
        try:
            _complete(server, dsn, branch)
        except BaseException:
            with suppress(psycopg.Error):
                _drop(server, branch.database)
            raise
    return branch


def _named(dsn: str, name: str, ttl: timedelta | None, run: str) -> Branch:
    target = database_of(dsn)
    database = f"{target}{INFIX}{name}"
    if not NAME.fullmatch(name) or len(database.encode()) > NAME_BYTES:
        why = f"its name must be of a-z, 0-9, _ and -, and {database} of {NAME_BYTES} bytes at most"
        raise BranchRefused(f"Making a branch of {describe(dsn)}", why, "Name it otherwise.")
    now = datetime.now(UTC).replace(microsecond=0)
    expires = now + ttl if ttl else None
    return Branch(name=name, database=database, of=target, created=now, expires=expires, run=run)


def _copy(
    server: Connection, branch: Branch, strategy: Strategy, doing: str, *, end_sessions: bool
) -> None:
    """Copy the files or the pages of the target, when no session is open in it."""
    statement = _creation(server, branch, strategy)
    for _ in range(TRIES):
        if end_sessions:
            server.execute(END_SESSIONS, [branch.of])
        # The server itself waits for some seconds for sessions to end.
        try:
            server.execute(statement)
        except psycopg.errors.ObjectInUse:
            if not end_sessions:
                break
        else:
            return
    count, *_ = server.execute(SESSIONS, [branch.of]).fetchone() or (0,)
    raise BranchRefused(
        doing,
        f"PostgreSQL copies no database in use; sessions that are open in it: {count}",
        "Close them, or end them all: privaci branch create --end-sessions.",
    )


def _creation(server: Connection, branch: Branch, strategy: Strategy) -> sql.Composed:
    """The statement that copies the target; servers before 15 know one way alone."""
    names = map(sql.Identifier, (branch.database, branch.of))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names)
    if server.info.server_version < FIRST_WITH_STRATEGY:
        return create
    clones = server.info.server_version >= FIRST_WITH_CLONE and _clones(server)
    if strategy == "auto":
        size, *_ = server.execute(SIZE, [branch.of]).fetchone() or (0,)
        strategy = "file_copy" if clones or size > SMALL_BYTES else "wal_log"
    return sql.SQL("{} STRATEGY {}").format(create, sql.SQL(strategy.upper()))


def _clones(server: Connection) -> bool:
    """Let the server share the blocks of files, where its system can."""
    try:
        server.execute(CLONE)
    except psycopg.Error:
        return False
    return True


def _complete(server: Connection, dsn: str, branch: Branch) -> None:
    """Say whose the database is, and give it what a template does not: rights and settings."""
    about = {
        "name": branch.name,
        "of": branch.of,
        "created": branch.created.isoformat(),
        "expires": branch.expires.isoformat() if branch.expires else None,
        "run": branch.run,
    }
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}").format(
        sql.Identifier(branch.database), sql.Literal(MARK + json.dumps(about))
    )
    server.execute(comment)
    access = access_to(server, branch.of)
    if access is not None:
        give_access(server, branch.database, access)
    beside = make_conninfo(dsn, dbname=branch.database)
    with session(dsn, autocommit=True) as target, session(beside, autocommit=True) as new:
        copy_database_settings(target, new)


def branches(dsn: str) -> tuple[Branch, ...]:
    """The branches of a target, by name."""
    with maintenance(dsn) as server, driver_errors(f"Listing the branches of {describe(dsn)}"):
        return tuple(each for each in _all(server) if each.of == database_of(dsn))


def drop_branch(dsn: str, name: str) -> Branch:
    """Drop a branch, whoever is connected to it."""
    doing = f"Dropping the branch {name} of {describe(dsn)}"
    with maintenance(dsn) as server, driver_errors(doing):
        found = [each for each in _all(server) if (each.of, each.name) == (database_of(dsn), name)]
        if not found:
            why = "the target has no branch of this name"
            raise BranchRefused(doing, why, "See all: privaci branch list.")
        _drop(server, found[0].database)
    return found[0]


def drop_expired(dsn: str) -> tuple[Branch, ...]:
    """Drop the branches whose time is over; those of test runs end with their runs."""
    return tuple(drop_branch(dsn, each.name) for each in branches(dsn) if _is_over(each))


def has_expired(target: Connection) -> bool:
    """Whether a session in a target sees that any of its branches is over."""
    return any(_is_over(each) for each in _all(target) if each.of == target.info.dbname)


def _is_over(branch: Branch) -> bool:
    return branch.expires is not None and branch.expires <= datetime.now(UTC) and not branch.run


def _all(server: Connection) -> Iterator[Branch]:
    for database, size, text in server.execute(BRANCHES, [len(MARK) + 1, MARK]).fetchall():
        with suppress(ValueError, KeyError, TypeError):
            about = json.loads(text)
            yield Branch(
                name=about["name"],
                database=database,
                of=about["of"],
                created=datetime.fromisoformat(about["created"]),
                expires=datetime.fromisoformat(about["expires"]) if about["expires"] else None,
                run=about["run"],
                bytes=size,
            )


def _drop(server: Connection, database: str) -> None:
    server.execute(END_SESSIONS, [database])
    force = sql.SQL("(FORCE)" if server.info.server_version >= FIRST_WITH_FORCE else "")
    server.execute(sql.SQL("DROP DATABASE {} {}").format(sql.Identifier(database), force))


def address_of(dsn: str, database: str) -> str:
    """The connection string of another database of the server, without a password."""
    known = conninfo_to_dict(dsn, dbname=database)
    public = ("host", "hostaddr", "port", "user", "dbname", "sslmode")
    return make_conninfo("", **{name: known[name] for name in public if known.get(name)})


def branch_json(branch: Branch, dsn: str) -> dict[str, object]:
    """A branch as JSON has it, with its address without a password."""
    times = {
        "created": branch.created.isoformat(),
        "expires": branch.expires.isoformat() if branch.expires else None,
    }
    return {**asdict(branch), **times, "address": address_of(dsn, branch.database)}
