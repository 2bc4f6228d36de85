"""Reads what a published target demands of new rows: once, for all requests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from privaci_core.catalog.catalog import Catalog, read_catalog
from privaci_core.detect.choose_mask import WITHOUT_PROVIDER, mask_of_kind
from privaci_core.detect.suspect import suspicions
from privaci_core.masks import Keys, Unbindable, bind
from privaci_core.plan.column_shape import shapes_of
from privaci_core.policy import PROVIDERS, suggest
from privaci_core.policy.replace import Fake
from privaci_core.sql import query
from privaci_core.testdata.constraint_facts import CheckFacts, KeyFacts, of_column
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.fakes import Fakes
from privaci_core.testdata.hints import hints_of
from privaci_core.testdata.table_facts import ColumnFacts, TableFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Column, Place, Relation
    from privaci_core.masks import Shape
    from privaci_core.postgres.session import Connection

# The seed of a request is in what is masked, so that masks can be bound once for all requests.
KEYS = Keys.of(b"privaci test data", b"privaci test data")
Rows = dict[int, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """The tables of a target, as requests see them; threads may share them."""

    catalog: Catalog
    tables: Mapping[str, TableFacts]

    def table(self, name: str) -> TableFacts:
        """A table by its qualified name."""
        found = self.tables.get(name)
        if found is None:
            raise SeedFailed(
                "Looking for a scenario's table",
                f"the target has no table {name}",
                suggest(name, self.tables),
            )
        return found

    @cached_property
    def by_oid(self) -> dict[int, TableFacts]:
        """The tables by their oid in the target."""
        return {facts.relation.oid: facts for facts in self.tables.values()}


def read_facts(connection: Connection) -> TargetFacts:
    """Read what the target demands of new rows; this takes as long as reading its catalog."""
    catalog = read_catalog(connection)
    columns, checks, keys, words = (
        _by_relation(connection, name)
        for name in ("fillable_columns", "fillable_checks", "fillable_keys", "fillable_words")
    )
    reading = _Reading(
        catalog=catalog,
        shapes=shapes_of(catalog),
        kinds={place: found.kind for place, found in suspicions(catalog).items()},
        rows={"columns": columns, "checks": checks, "keys": keys, "words": words},
    )
    tables = {relation.qualified: _table(reading, relation) for relation in catalog.row_tables}
    return TargetFacts(catalog=catalog, tables=tables)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What was read of a target."""

    catalog: Catalog
    shapes: Mapping[Place, Shape]
    kinds: Mapping[Place, str]
    rows: Mapping[str, Rows]


def _table(reading: _Reading, relation: Relation) -> TableFacts:
    oid = relation.oid
    # A partition has the foreign keys of the tables above it.
    above = {each.oid for each in reading.catalog.lineage(relation)}
    known = {column.name: column for column in reading.catalog.columns.get(oid, ())}
    words = {row["name"]: tuple(filter(None, row["words"])) for row in reading.rows["words"][oid]}
    checks = tuple(map(_check, reading.rows["checks"][oid]))
    columns = {
        row["name"]: _column(reading, row, known[row["name"]], words.get(row["name"], ()), checks)
        for row in reading.rows["columns"][oid]
    }
    return TableFacts(
        relation=relation,
        columns=columns,
        checks=(*checks, *_generated_keys(reading, relation, columns, above)),
        keys=tuple(map(_key, reading.rows["keys"][oid])),
        foreign_keys=tuple(key for key in reading.catalog.foreign_keys if key.relation in above),
    )


def _generated_keys(
    reading: _Reading, relation: Relation, columns: Mapping[str, ColumnFacts], above: set[int]
) -> Iterator[CheckFacts]:
    """Foreign keys of generated columns, as conditions: other columns decide what they are."""
    for key in reading.catalog.foreign_keys:
        if key.relation not in above or not any(columns[n].is_generated for n in key.columns):
            continue
        other = reading.catalog.by_oid[key.referenced]
        pairs = zip(key.columns, key.referenced_columns, strict=True)
        same = sql.SQL(" AND ").join(
            sql.SQL("other.{} = {}").format(sql.Identifier(of), sql.Identifier(relation.name, name))
            for name, of in pairs
        )
        nulls = sql.SQL(" OR ").join(
            sql.SQL("{} IS NULL").format(sql.Identifier(relation.name, name))
            for name in key.columns
        )
        exists = sql.SQL("{} OR EXISTS (SELECT FROM {} AS other WHERE {})")
        expression = exists.format(nulls, other.identifier, same).as_string(None)
        yield CheckFacts(name=key.name, expression=expression, columns=key.columns)


def _by_relation(connection: Connection, name: str) -> Rows:
    found: Rows = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query(name)):
            found[row["relation"]].append(row)
    return found


def _column(
    reading: _Reading,
    row: Mapping[str, Any],
    column: Column,
    words: tuple[str, ...],
    checks: tuple[CheckFacts, ...],
) -> ColumnFacts:
    place = (column.relation, column.name)
    shape = reading.shapes[place]
    hints = hints_of(column.name, checks) if shape.is_text and not column.is_array else ()
    kind = None if hints else reading.kinds.get(place)
    return ColumnFacts(
        column=column,
        shape=shape,
        cast_type=row["cast_type"],
        expression=row["expression"],
        sequence=row["sequence"],
        subtype=row["subtype_name"],
        kind=kind,
        fakes=None if kind is None or column.is_array else _fakes(kind, shape),
        hints=hints,
        words=words if kind is None and not column.is_array else (),
    )


def _fakes(kind: str, shape: Shape) -> Fakes | None:
    """What makes values of a kind for a column, if it can hold them."""
    action = mask_of_kind(kind) if kind in PROVIDERS or kind in WITHOUT_PROVIDER else None
    if not isinstance(action, Fake) or shape.labels:
        return None
    for bounds in (shape, replace(shape, unique=False)):
        try:
            return Fakes(bind(action, bounds, KEYS), kind, unique=shape.unique)
        except Unbindable:
            continue
    return None


def _check(row: Mapping[str, Any]) -> CheckFacts:
    column = row["domain_column"]
    expression = row["expression"]
    return CheckFacts(
        name=row["name"],
        expression=expression if column is None else of_column(expression, column),
        columns=tuple(row["columns"]),
    )


def _key(row: Mapping[str, Any]) -> KeyFacts:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name != "relation"
    }
    return KeyFacts(**values)
