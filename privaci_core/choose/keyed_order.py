"""Orders rows by a keyed hash of their keys, so that every refresh chooses the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.masks.base.keys import derive

if TYPE_CHECKING:
    from decimal import Decimal

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.masks import Keys

# A threshold has as many bytes as are compared of a hash.
THRESHOLD_BYTES = 8


def hash_of(catalog: Catalog, keys: Keys, name: str, row: str) -> sql.Composed:
    """A keyed hash of a row's key, as SQL; of the whole row where the table has no key."""
    relation = catalog.by_name[name]
    columns = key_columns(catalog, relation)
    values = sql.SQL(", ").join(sql.Identifier(row, column) for column in columns)
    return sql.SQL(
        "pg_catalog.sha256({}::bytea || pg_catalog.textsend(ROW({})::pg_catalog.text))"
    ).format(sql.Literal(rf"\x{derive(keys.salt, 'subset', name)}"), values)


def key_columns(catalog: Catalog, relation: Relation) -> tuple[str, ...]:
    """What identifies a row: its primary key, else a unique key without NULL, else all of it."""
    primary = catalog.primary_key(relation)
    if primary:
        return primary
    filled = {column.name for column in catalog.columns.get(relation.oid, ()) if column.not_null}
    unique = (
        key.columns
        for key in sorted(catalog.keys.get(relation.oid, ()), key=lambda key: key.name)
        if not key.expressions and not key.predicate and filled.issuperset(key.columns)
    )
    every = tuple(column.name for column in catalog.columns.get(relation.oid, ()))
    return next(unique, every)


def is_below(hashed: sql.Composable, percent: Decimal) -> sql.Composable | None:
    """True for this share of all hashes; a row that is below stays below a larger share."""
    threshold = int(percent * 2 ** (8 * THRESHOLD_BYTES) / 100)
    if threshold >= 2 ** (8 * THRESHOLD_BYTES):
        return None
    text = rf"\x{threshold.to_bytes(THRESHOLD_BYTES).hex()}"
    return sql.SQL("{} < {}::bytea").format(hashed, sql.Literal(text))
