"""Finds rows whose foreign key refers to no row: counts them, or sets the reference to NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, ForeignKey
    from privaci_core.postgres.session import Connection

REMEDY = (
    "Set null_orphan_fks on these tables, exclude fewer rows by `where` and `strategy`,"
    " or mend the source."
)


def null_orphans(target: Connection, catalog: Catalog, keys: Iterable[ForeignKey]) -> Iterator[str]:
    """Set orphaned references of some keys to NULL; yields how many by constraint."""
    for key in keys:
        names = nullable_columns(catalog, key)
        if not names:
            continue
        with driver_errors(f"Setting orphans of the foreign key {key.name} to NULL"):
            count = target.execute(_update(catalog, key, names)).rowcount
        if count:
            child = catalog.by_oid[key.relation].qualified
            yield f"FK CONSTRAINT {child} {key.name}: {count} orphans are NULL now"


def refuse_orphans(
    target: Connection, catalog: Catalog, excluded: Iterable[tuple[str, str]]
) -> None:
    """Raise with the number of orphans of every foreign key that has some."""
    left_out = set(excluded)
    found = []
    for key in catalog.foreign_keys:
        child, parent = catalog.by_oid[key.relation], catalog.by_oid[key.referenced]
        ends = {(child.schema, child.name), (parent.schema, parent.name)}
        if not key.validated or ends & left_out:
            continue
        count = _count(target, catalog, key)
        if count:
            rows = f"{count} rows refer to nothing in {parent.qualified}"
            found.append(f"{key.name} of {child.qualified}: {rows}")
    if found:
        raise CopyError(
            "Adding the foreign keys to the target",
            "\n    - ".join([f"{len(found)} foreign keys have orphans", *found]),
            REMEDY,
        )


def nullable_columns(catalog: Catalog, key: ForeignKey) -> list[str]:
    """The columns of a key that may be NULL."""
    return [
        column.name
        for column in catalog.columns[key.relation]
        if column.name in key.columns and not column.not_null
    ]


def orphaned(catalog: Catalog, key: ForeignKey) -> sql.Composed:
    """True for rows whose key has no NULL and is missing in the referenced table."""
    whole = sql.SQL(" AND ").join(
        sql.SQL("child.{} IS NOT NULL").format(sql.Identifier(name)) for name in key.columns
    )
    pairs = zip(key.columns, key.referenced_columns, strict=True)
    equal = sql.SQL(" AND ").join(
        sql.SQL("parent.{} = child.{}").format(sql.Identifier(referenced), sql.Identifier(column))
        for column, referenced in pairs
    )
    return sql.SQL("{} AND NOT EXISTS (SELECT FROM {} AS parent WHERE {})").format(
        whole, catalog.by_oid[key.referenced].identifier, equal
    )


def _update(catalog: Catalog, key: ForeignKey, names: Iterable[str]) -> sql.Composed:
    empty = sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(name)) for name in names)
    return sql.SQL("UPDATE {} AS child SET {} WHERE {}").format(
        catalog.by_oid[key.relation].identifier, empty, orphaned(catalog, key)
    )


def _count(target: Connection, catalog: Catalog, key: ForeignKey) -> int:
    query = sql.SQL("SELECT pg_catalog.count(*) FROM {} AS child WHERE {}").format(
        catalog.by_oid[key.relation].identifier, orphaned(catalog, key)
    )
    with driver_errors(f"Counting the orphans of the foreign key {key.name}"):
        return int((target.execute(query).fetchone() or (0,))[0])
