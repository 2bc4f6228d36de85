"""Compares two databases: their dumped schemas, and a checksum of every column."""

from __future__ import annotations

import re
import subprocess

import psycopg
from psycopg import sql

from privaci_core.ddl.dump import client_binaries
from privaci_core.postgres.session import pin

# What differs between two dumps of the same schema.
NOISE = re.compile(r"^(--|\\(un)?restrict|SET |SELECT pg_catalog\.set_config|$)")
TABLES = """
SELECT n.nspname, c.relname,
       array(SELECT a.attname FROM pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attname)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_privaci')
ORDER BY 1, 2
"""


def differences(source: str, target: str, *, masked: frozenset[str] = frozenset()) -> list[str]:
    """Every difference between two databases, by name; `masked` columns may hold other values."""
    return schema_differences(source, target) + data_differences(source, target, masked)


def schema_differences(source: str, target: str) -> list[str]:
    """Lines that only one of the two schemas has."""
    ours, theirs = schema_of(source), schema_of(target)
    return [f"only in the source: {line}" for line in ours - theirs] + [
        f"only in the target: {line}" for line in theirs - ours
    ]


def schema_of(dsn: str) -> set[str]:
    """The dumped schema as a set of statements."""
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // 10000
    # The audit trail is the target's own.
    command = [
        client_binaries(major) / "pg_dump",
        "--schema-only",
        "--exclude-schema=_privaci",
        "--encoding=UTF8",
        f"--dbname={dsn}",
    ]
    script = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line for line in script.splitlines() if not NOISE.match(line)]
    return {
        " ".join(statement.split())
        for statement in "\n".join(lines).split(";\n")
        if statement.strip()
    }


def dump_of(dsn: str) -> bytes:
    """Everything that a database holds, rows and definitions, as one script."""
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // 10000
    return subprocess.run(
        [client_binaries(major) / "pg_dump", f"--dbname={dsn}"], capture_output=True, check=True
    ).stdout


def data_differences(source: str, target: str, masked: frozenset[str]) -> list[str]:
    """Columns whose contents differ, and tables of another size."""
    ours, theirs = checksums(source), checksums(target)
    return [
        f"{name} differs"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name) and name not in masked
    ]


def checksums(dsn: str) -> dict[str, tuple[int, object]]:
    """Row count and checksum of each column, by its full name."""
    found = {}
    with psycopg.connect(dsn) as connection:
        pin(connection)
        for schema, table, columns in connection.execute(TABLES).fetchall():
            for column in columns:
                query = sql.SQL(
                    "SELECT count(*),"
                    " sum(('x' || substr(md5(coalesce({column}::text, 'null')), 1, 12))"
                    "::bit(48)::bigint) FROM ONLY {table}"
                ).format(column=sql.Identifier(column), table=sql.Identifier(schema, table))
                found[f"{schema}.{table}.{column}"] = connection.execute(query).fetchone()
    return found
