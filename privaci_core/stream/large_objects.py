"""Copies large objects, which belong to no table: with their numbers, unmasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

PIECE_BYTES = 4 << 20
NUMBERS = "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY 1"
REMOVE = "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = %s"
CREATE = "SELECT pg_catalog.lo_create(%s::oid)"
READ = "SELECT pg_catalog.lo_get(%s::oid, %s::bigint, %s::int)"
WRITE = "SELECT pg_catalog.lo_put(%s::oid, %s::bigint, %s::bytea)"
COMMENT = "SELECT pg_catalog.obj_description(%s::oid, 'pg_largeobject')"


def copy_large_objects(source: Connection, target: Connection) -> tuple[str, ...]:
    """Copy every large object of the source's snapshot; returns a note that they are unmasked."""
    doing, remedy = "Copying large objects", "Give the source's user SELECT on every large object."
    with driver_errors(doing, remedy):
        numbers = [row[0] for row in source.execute(NUMBERS)]
        for number in numbers:
            # An earlier run may have been killed in the middle of it.
            target.execute(REMOVE, [number])
            target.execute(CREATE, [number])
            _copy_content(source, target, number)
            _copy_comment(source, target, number)
    return (f"LARGE OBJECTS: {len(numbers)} were copied unmasked",) if numbers else ()


def _copy_content(source: Connection, target: Connection, number: int) -> None:
    start = 0
    while content := _read_piece(source, number, start):
        target.execute(WRITE, [number, start, content])
        start += len(content)


def _read_piece(source: Connection, number: int, start: int) -> bytes:
    row = source.execute(READ, [number, start, PIECE_BYTES], binary=True).fetchone()
    return row[0] if row else b""


def _copy_comment(source: Connection, target: Connection, number: int) -> None:
    row = source.execute(COMMENT, [number]).fetchone()
    if row and row[0]:
        statement = sql.SQL("COMMENT ON LARGE OBJECT {} IS {}")
        target.execute(statement.format(sql.Literal(number), sql.Literal(row[0])))
