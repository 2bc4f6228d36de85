"""Judges a copy: it equals its source, or what `pg_dump | psql` makes of that in a third database.

A definition is an entry of pg_restore's script. Most copies equal their source in all that is
compared, so the third database is made only for those that do not.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.ddl.dump import client_binaries
from privaci_core.postgres.session import pin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = re.compile(r"^--\n-- Name: ", re.MULTILINE)
NOISE = re.compile(r"^(?:\\(?:un)?restrict .*|SELECT pg_catalog\.set_config.*)$", re.MULTILINE)
SQLSTATE = re.compile(r"ERROR:  ([0-9A-Z]{5})$", re.MULTILINE)
END = "--\n-- PostgreSQL database dump complete"
# A copy leaves subscriptions out: they would take the source's changes, unmasked.
DUMP = ("--encoding=UTF8", "--no-subscriptions", "--exclude-schema=_privaci")
HOLDING_ROWS = """
SELECT n.nspname, c.relname, c.relkind::text FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'S') AND (c.relkind <> 'm' OR c.relispopulated)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_privaci')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 1259
                  AND d.objid = c.oid AND d.deptype = 'e')
"""
# The alias is no name that a column may have by chance.
ROWS = """
SELECT pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashtextextended(
    CAST(ROW("the row, whole".*) AS pg_catalog.text), 0)), 0) FROM ONLY {} AS "the row, whole"
"""
POSITION = "SELECT last_value, is_called FROM {}"
LARGE_OBJECTS = """
SELECT oid::text, pg_catalog.md5(pg_catalog.lo_get(oid)), lomacl::text,
       lomowner::pg_catalog.regrole::text, pg_catalog.obj_description(oid, 'pg_largeobject')
FROM pg_catalog.pg_largeobject_metadata ORDER BY oid
"""
CHILDREN = """
SELECT inhrelid::pg_catalog.regclass::text, inhparent::pg_catalog.regclass::text, inhseqno
FROM pg_catalog.pg_inherits
"""
Things = Counter[str]


def rebuild(source: str, into: str) -> list[str]:
    """Rebuild a database by Postgres's own programs; returns the SQLSTATE of each error."""
    folder = programs(source)
    script = subprocess.run(
        [folder / "pg_dump", "--no-subscriptions", f"--dbname={source}"],
        stdout=subprocess.PIPE,
        check=True,
    )
    done = subprocess.run(
        [folder / "psql", "--no-psqlrc", "--quiet", "--set=VERBOSITY=sqlstate", f"--dbname={into}"],
        input=script.stdout,
        capture_output=True,
        check=False,
    )
    return SQLSTATE.findall(done.stderr.decode(errors="replace"))


def differences(expected: Things, found: Things) -> list[str]:
    """What only one of two databases has: definitions, rows, positions, large objects."""
    return sorted(
        f"{'missing' if sign > 0 else 'too much'}: {thing[:600]}"
        for left, right, sign in ((expected, found, 1), (found, expected, -1))
        for thing in (left - right)
    )


def things_of(dsn: str, script: str | None = None) -> Things:
    """All that is compared of a database; its script may be known already."""
    known = script_of(archive_of(dsn), dsn) if script is None else script
    return Counter((*definitions_in(known), *_rows(dsn)))


def archive_of(dsn: str) -> bytes:
    """What pg_dump writes of a schema, as an archive."""
    command = [programs(dsn) / "pg_dump", "--format=custom", "--schema-only", *DUMP]
    return subprocess.run([*command, f"--dbname={dsn}"], stdout=subprocess.PIPE, check=True).stdout


def script_of(archive: bytes, dsn: str) -> str:
    """The script that pg_restore makes of an archive."""
    command = [programs(dsn) / "pg_restore", "--file=-"]
    return subprocess.run(
        command, input=archive, stdout=subprocess.PIPE, check=True
    ).stdout.decode()


def definitions_in(script: str) -> list[str]:
    """The entries of a script, each with its head, without the settings of its session."""
    return HEAD.split(NOISE.sub("", script).split(END)[0])[1:]


def _rows(dsn: str) -> Iterator[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        pin(connection)
        for schema, name, kind in connection.execute(HOLDING_ROWS).fetchall():
            query = sql.SQL(POSITION if kind == "S" else ROWS)
            found = connection.execute(query.format(sql.Identifier(schema, name))).fetchone()
            yield f"rows of {schema}.{name}: {found}"
        for asked in (LARGE_OBJECTS, CHILDREN):
            yield from map(str, connection.execute(asked.encode()).fetchall())


@cache
def programs(dsn: str) -> Path:
    """The folder of the client programs for a server."""
    with psycopg.connect(dsn) as connection:
        return client_binaries(connection.info.server_version // 10000)
