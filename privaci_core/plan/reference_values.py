"""Looks for sampled values of columns in the keys that they may refer to; it keeps only counts."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.detect.sample import pages_of
from privaci_core.detect.sample_query import UNIT, sample_query
from privaci_core.plan.soft_references import (
    TEXTS,
    SoftReference,
    comparable,
    referred_keys,
    words_of,
)
from privaci_core.postgres.encoding import bytes_as_stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.plan.soft_references import ReferredKey
    from privaci_core.postgres.session import Connection

    Row = tuple[str | None, ...]

# A table that the session may not read, a value that the key's type cannot hold, and a key that no
# plain index finds: then the whole table is read, which must end.
UNANSWERED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.QueryCanceled,
    psycopg.DataError,
)
LONGEST = sql.Literal("5s")
# So many values of a column are looked for.
MOST_VALUES = 100
# Of the values, so many must be in the key where a name means it, and where nothing else does.
LIKELY, CERTAIN = 0.5, 0.9
# Fewer values of a column that no name ties to a key may be there by chance; so may short ones.
ENOUGH, LEAST_LENGTH = 8, 4
# Databases with more keys are searched by names alone: each key costs a question.
MOST_KEYS, MOST_COLUMNS = 300, 1000
# What is left of a value in its form: a letter for letters, a digit for digits.
LETTERS, DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
# The name of a class, of which the last part is a table's: App\Models\Post. Other values of a
# column of types are never shown.
CLASS = re.compile(r"(?:\w+(?:\\|::|\.))*(\w+)")
TELLING_TYPES = TEXTS | {"uuid"}


def looked_up(
    source: Connection, catalog: Catalog, references: Iterable[SoftReference]
) -> tuple[SoftReference, ...]:
    """The references with how many sampled values the key has; those that few have are left out."""
    pages = pages_of(catalog)
    by_column: dict[tuple[Place, str | None], list[SoftReference]] = defaultdict(list)
    for reference in references:
        by_column[reference.referencing, reference.type_column].append(reference)
    found: list[SoftReference] = []
    for (place, type_column), of_column in by_column.items():
        relation = catalog.by_oid[place[0]]
        names = (place[1], type_column) if type_column else (place[1],)
        rows = _sampled(source, relation, _columns(catalog, relation, names), pages[place[0]])
        find = _of_types if type_column else _of_values
        found += find(source, catalog, of_column, rows)
    return tuple(found)


def references_by_value(
    source: Connection, catalog: Catalog, known: Collection[Place]
) -> tuple[SoftReference, ...]:
    """Columns of text and UUIDs whose values are those of a key, whatever they are called."""
    keys = [key for key in referred_keys(catalog) if key.column.scalar_type in TELLING_TYPES]
    if not keys or len(keys) > MOST_KEYS:
        return ()
    samples = dict(islice(_telling_samples(source, catalog, known), MOST_COLUMNS))
    forms = {place: _forms(values) for place, values in samples.items()}
    shares: dict[tuple[Place, Place], int] = {}
    for key in keys:
        fitting = {
            place: values
            for place, values in samples.items()
            if place != key.place
            and comparable(catalog.by_place[place], key.column)
            and forms[place] & forms.get(key.place, forms[place])
        }
        for place, there in _counts(source, key, fitting).items():
            if there >= CERTAIN * len(fitting[place]):
                shares[place, key.place] = there
    return tuple(_best_of(shares, samples))


def _forms(values: Iterable[str]) -> frozenset[str]:
    """What values look like, as `a.a@a.a`: columns without a form in common need no question."""
    return frozenset(DIGITS.sub("0", LETTERS.sub("a", value)) for value in values)


def _best_of(
    shares: Mapping[tuple[Place, Place], int], samples: Mapping[Place, list[str]]
) -> Iterator[SoftReference]:
    """The key that has most of a column's values; of two equal keys neither refers to the other."""
    best: dict[Place, tuple[int, Place]] = {}
    for (place, key), there in shares.items():
        if (key, place) not in shares and best.get(place, (0,))[0] < there:
            best[place] = there, key
    for place, (there, key) in best.items():
        sampled = len(samples[place])
        yield SoftReference(
            referencing=place, referenced=key, how="values", sampled=sampled, there=there
        )


def _columns(catalog: Catalog, relation: Relation, names: Iterable[str]) -> list[Column]:
    return [catalog.by_place[relation.oid, name] for name in names]


def _sampled(
    source: Connection, relation: Relation, columns: Sequence[Column], pages: int
) -> list[Row]:
    """Rows of these columns as text; none where the table cannot be read."""
    if not columns:
        return []
    query = sample_query(relation, columns, pages).as_bytes(source)
    try:
        with source.transaction(), bytes_as_stored(source):
            rows = source.execute(query).fetchall()
    except UNANSWERED:
        return []
    return [tuple(map(_text, row)) for row in rows]


def _text(value: str | bytes | None) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _distinct(values: Iterable[str | None]) -> list[str]:
    """Some values that differ, the elements of arrays one by one."""
    elements = (part for value in values if value for part in value.split(UNIT) if part)
    return list(dict.fromkeys(elements))[:MOST_VALUES]


def _of_values(
    source: Connection, catalog: Catalog, references: Sequence[SoftReference], rows: list[Row]
) -> Iterator[SoftReference]:
    values = _distinct(value for value, *_ in rows)
    for reference in references:
        there = _there(source, catalog, reference, values)
        if there is None:
            yield reference
        elif there >= LIKELY * len(values):
            yield replace(reference, sampled=len(values), there=there)


def _of_types(
    source: Connection, catalog: Catalog, references: Sequence[SoftReference], rows: list[Row]
) -> Iterator[SoftReference]:
    """The tables that the column of types names, each with the condition that says so."""
    by_type: dict[str, list[str | None]] = defaultdict(list)
    for value, type_name in rows:
        if type_name:
            by_type[type_name].append(value)
    for type_name, of_type in by_type.items():
        class_name = CLASS.fullmatch(type_name)
        for reference in references if class_name else ():
            named = catalog.by_oid[reference.referenced[0]].name
            if class_name and words_of(class_name[1]) == words_of(named):
                quoted = type_name.replace("\\", "\\\\")
                when = f"{reference.type_column} == '{quoted}'"
                rows_of_type: list[Row] = [(value,) for value in of_type]
                yield from _of_values(
                    source, catalog, [replace(reference, when=when)], rows_of_type
                )


def _there(
    source: Connection, catalog: Catalog, reference: SoftReference, values: list[str]
) -> int | None:
    """How many of the values the key has; None where it cannot be asked."""
    relation = catalog.by_oid[reference.referenced[0]]
    column = catalog.by_place[reference.referencing]
    query = sql.SQL(
        "SELECT pg_catalog.count(*) FROM pg_catalog.unnest(%s::pg_catalog.text[]) AS v (value)"
        " WHERE EXISTS (SELECT FROM {} AS key WHERE key.{} = v.value::{})"
    ).format(
        relation.identifier,
        sql.Identifier(reference.referenced[1]),
        sql.Identifier(column.scalar_schema, column.scalar_type),
    )
    rows = _asked(source, query, [values])
    return rows[0][0] if rows else None


def _telling_samples(
    source: Connection, catalog: Catalog, known: Collection[Place]
) -> Iterator[tuple[Place, list[str]]]:
    """Values of the columns of text and UUIDs that are not known, and are long and many enough."""
    pages = pages_of(catalog)
    for relation in catalog.roots:
        columns = [
            column
            for column in catalog.columns.get(relation.oid, ())
            if column.scalar_type in TELLING_TYPES
            and not column.generated
            and (relation.oid, column.name) not in known
        ]
        rows = _sampled(source, relation, columns, pages[relation.oid])
        for number, column in enumerate(columns):
            values = _distinct(row[number] for row in rows)
            if len(values) >= ENOUGH and min(map(len, values)) >= LEAST_LENGTH:
                yield (relation.oid, column.name), values


def _counts(
    source: Connection, key: ReferredKey, samples: dict[Place, list[str]]
) -> dict[Place, int]:
    """How many values of each column the key has, by one question."""
    if not samples:
        return {}
    places = list(samples)
    numbers = [number for number, place in enumerate(places) for _ in samples[place]]
    values = [value for place in places for value in samples[place]]
    query = sql.SQL(
        "SELECT v.number, pg_catalog.count(*) FROM ROWS FROM ("
        "pg_catalog.unnest(%s::pg_catalog.int4[]), pg_catalog.unnest(%s::pg_catalog.text[])"
        ") AS v (number, value)"
        " WHERE EXISTS (SELECT FROM {} AS key WHERE key.{} = v.value::{}) GROUP BY 1"
    ).format(
        key.relation.identifier,
        sql.Identifier(key.column.name),
        sql.Identifier(key.column.scalar_schema, key.column.scalar_type),
    )
    rows = _asked(source, query, [numbers, values])
    return {places[number]: count for number, count in rows or ()}


def _asked(
    source: Connection, query: sql.Composed, values: Sequence[object]
) -> list[tuple[int, ...]] | None:
    """The rows of a question; None where the server refuses it, or takes too long over it."""
    try:
        with source.transaction():
            source.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(LONGEST))
            rows = source.execute(query, values).fetchall()
            source.execute("SET LOCAL statement_timeout = 0")
    except UNANSWERED:
        return None
    return rows
