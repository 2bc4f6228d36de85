"""Copies large objects, which hang on no table: their numbers stay, and what they hold is carried as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

PIECE_BYTES = 4 << 20


def copy_large_objects(source: Connection, target: Connection) -> tuple[str, ...]:
    """Copy every large object the source's snapshot shows; says how many, because no mask looks into them."""
    with driver_errors(
        "Copying large objects", "Give the source's user SELECT on every large object."
    ):
        numbers = [
            row[0]
            for row in source.execute(
                "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY 1"
            )
        ]
        for number in numbers:
            # A run that was ended in the middle may have begun it.
            target.execute(
                "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = %s",
                [number],
            )
            target.execute("SELECT pg_catalog.lo_create(%s::oid)", [number])
            _copy_content(source, target, number)
            _copy_comment(source, target, number)
    return (f"LARGE OBJECTS: {len(numbers)} were copied as they are, unmasked",) if numbers else ()


def _copy_content(source: Connection, target: Connection, number: int) -> None:
    start = 0
    while True:
        piece = "SELECT pg_catalog.lo_get(%s::oid, %s::bigint, %s::int)"
        content = (
            source.execute(piece, [number, start, PIECE_BYTES], binary=True).fetchone() or (b"",)
        )[0]
        if not content:
            return
        target.execute(
            "SELECT pg_catalog.lo_put(%s::oid, %s::bigint, %s::bytea)", [number, start, content]
        )
        start += len(content)


def _copy_comment(source: Connection, target: Connection, number: int) -> None:
    said = source.execute(
        "SELECT pg_catalog.obj_description(%s::oid, 'pg_largeobject')", [number]
    ).fetchone()
    if said and said[0]:
        comment = sql.SQL("COMMENT ON LARGE OBJECT {} IS {}").format(
            sql.Literal(number), sql.Literal(said[0])
        )
        target.execute(comment)
