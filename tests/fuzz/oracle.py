"""Judges a copy by what `pg_dump | psql` makes of the same source in a third database."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
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
       pg_catalog.obj_description(oid, 'pg_largeobject')
FROM pg_catalog.pg_largeobject_metadata ORDER BY oid
"""
CHILDREN = """
SELECT inhrelid::pg_catalog.regclass::text, inhparent::pg_catalog.regclass::text, inhseqno
FROM pg_catalog.pg_inherits
"""


def rebuilt(source: str, into: str) -> str:
    """Rebuild a database by Postgres's own programs; returns the first error, if there is one."""
    folder = _programs(source)
    script = subprocess.run(
        [folder / "pg_dump", f"--dbname={source}"], capture_output=True, check=False
    )
    if script.returncode:
        return script.stderr.decode(errors="replace")
    done = subprocess.run(
        [folder / "psql", "--no-psqlrc", "--quiet", f"--dbname={into}"],
        input=script.stdout,
        capture_output=True,
        check=False,
    )
    errors = [line for line in done.stderr.decode(errors="replace").splitlines() if "ERROR" in line]
    return errors[0] if errors else ""


def differences(expected: str, found: str) -> list[str]:
    """What only one of two databases has: definitions, rows, positions, large objects."""
    return sorted(
        f"{'missing' if sign > 0 else 'too much'}: {thing[:600]}"
        for left, right, sign in ((expected, found, 1), (found, expected, -1))
        for thing in (Counter(_things(left)) - Counter(_things(right)))
    )


def _things(dsn: str) -> Iterator[str]:
    yield from _definitions(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        pin(connection)
        for schema, name, kind in connection.execute(HOLDING_ROWS).fetchall():
            query = sql.SQL(POSITION if kind == "S" else ROWS)
            found = connection.execute(query.format(sql.Identifier(schema, name))).fetchone()
            yield f"rows of {schema}.{name}: {found}"
        for query in (LARGE_OBJECTS, CHILDREN):
            yield from map(str, connection.execute(query.encode()).fetchall())


def _definitions(dsn: str) -> Iterator[str]:
    command = ["--schema-only", "--exclude-schema=_privaci", f"--dbname={dsn}"]
    done = subprocess.run(
        [_programs(dsn) / "pg_dump", *command], capture_output=True, text=True, check=True
    )
    yield from HEAD.split(
        NOISE.sub("", done.stdout).split("-- PostgreSQL database dump complete")[0]
    )[1:]


def _programs(dsn: str) -> Path:
    with psycopg.connect(dsn) as connection:
        return client_binaries(connection.info.server_version // 10000)
