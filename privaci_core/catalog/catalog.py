"""Reads which tables, columns and keys a database has, in one query for each kind."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from psycopg import sql
from psycopg.rows import kwargs_row, tuple_row

from privaci_core.catalog.foreign_keys import FOREIGN_KEYS, ForeignKey
from privaci_core.postgres.encoding import refuse_other_bytes
from privaci_core.postgres.names import column_name, table_name
from privaci_core.postgres.together import read_together
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg.rows import RowFactory

    from privaci_core.postgres.session import Connection

LOG = logging.getLogger(__name__)
# A column: the oid of its relation, and its name.
Place = tuple[int, str]

HAS_PUBLIC = b"SELECT pg_catalog.to_regnamespace('public') IS NOT NULL"
# The letters of pg_class.relkind.
Kind = Literal["r", "p", "v", "m", "f", "S"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its type, the type below its domains, and the type of an array's elements."""

    relation: int = field(repr=False)
    name: str
    number: int
    type: str
    base_schema: str
    base_type: str
    scalar_schema: str
    scalar_type: str
    scalar_kind: str
    is_array: bool
    is_domain: bool
    modifier: int
    not_null: bool
    has_default: bool
    identity: str
    generated: str
    binary: bool
    comment: str | None

    @property
    def max_length(self) -> int | None:
        """How many characters fit, where the type limits them."""
        limited = self.scalar_type in {"varchar", "bpchar"} and self.modifier >= TYPMOD_HEADER
        return self.modifier - TYPMOD_HEADER if limited else None


# The length in a varchar's type modifier includes a header of four bytes.
TYPMOD_HEADER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A unique index or primary key, and the columns inside its expressions."""

    relation: int = field(repr=False)
    name: str
    is_primary: bool
    columns: tuple[str, ...]
    expression_columns: tuple[str, ...]
    expressions: str | None
    predicate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check constraint of a table or of a domain, and the columns that it is about."""

    relation: int = field(repr=False)
    name: str
    definition: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a composite type: its name, the type below its domains, and its elements'."""

    name: str
    schema: str
    type: str
    modifier: int
    # Schema and type, if it is an array.
    element: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, view or sequence: what it is a part of, and how large it is."""

    oid: int = field(repr=False)
    schema: str
    name: str
    kind: Kind
    persistence: str
    partition_of: int | None
    partition_key: str | None
    partition_bound: str | None
    inherits: tuple[int, ...]
    row_security: bool
    estimated_rows: int
    heap_bytes: int
    toast_bytes: int
    triggers: int
    comment: str | None

    @property
    def qualified(self) -> str:
        """The name as a person reads and writes it."""
        return table_name(self.schema, self.name)

    @property
    def identifier(self) -> sql.Identifier:
        """The name as SQL writes it."""
        return sql.Identifier(self.schema, self.name)

    @property
    def size_bytes(self) -> int:
        """Heap and TOAST: about what a copy of it carries."""
        return self.heap_bytes + self.toast_bytes


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The tables, columns and keys of a database at one moment."""

    server_version: int
    encoding: str
    relations: tuple[Relation, ...]
    columns: dict[int, tuple[Column, ...]]
    keys: dict[int, tuple[Key, ...]]
    foreign_keys: tuple[ForeignKey, ...]
    checks: dict[int, tuple[Check, ...]]
    enums: dict[tuple[str, str], tuple[str, ...]]
    # Every new database has the schema public; it can be dropped.
    has_public: bool = True
    # Composite types, by schema and name.
    composites: dict[tuple[str, str], tuple[Member, ...]] = field(default_factory=dict)

    @cached_property
    def by_oid(self) -> dict[int, Relation]:
        """Relations by their oid in the source."""
        return {relation.oid: relation for relation in self.relations}

    @cached_property
    def by_name(self) -> dict[str, Relation]:
        """Relations by schema.name."""
        return {relation.qualified: relation for relation in self.relations}

    @cached_property
    def by_place(self) -> dict[Place, Column]:
        """Columns by the oid of their relation and their name."""
        return {
            (oid, column.name): column
            for oid, columns in self.columns.items()
            for column in columns
        }

    def path_of(self, place: Place) -> str:
        """A column with its table, as a person reads and writes it."""
        return column_name(self.by_oid[place[0]].qualified, place[1])

    @property
    def tables(self) -> tuple[Relation, ...]:
        """Tables that hold rows: plain ones, and the leaves of partitioned ones."""
        return tuple(relation for relation in self.relations if relation.kind == "r")

    @property
    def row_tables(self) -> tuple[Relation, ...]:
        """Tables that rules are about: plain ones, partitioned ones and their partitions."""
        return tuple(relation for relation in self.relations if relation.kind in {"r", "p"})

    @property
    def roots(self) -> tuple[Relation, ...]:
        """Tables as a person counts them: a partitioned table is one with its partitions."""
        return tuple(table for table in self.row_tables if table.partition_of is None)

    @property
    def sequences(self) -> tuple[Relation, ...]:
        """Every sequence."""
        return tuple(relation for relation in self.relations if relation.kind == "S")

    def lineage(self, relation: Relation) -> Iterator[Relation]:
        """A table, then the partitioned tables above it, from the nearest to the top."""
        yield relation
        while relation.partition_of is not None:
            relation = self.by_oid[relation.partition_of]
            yield relation

    def root_name(self, name: str) -> str:
        """The name of the table at the top of a table's partitions, or its own."""
        return self.root(self.by_name[name]).qualified

    def root(self, relation: Relation) -> Relation:
        """The partitioned table at the top of a partition; of any other table, itself."""
        *_, root = self.lineage(relation)
        return root

    def column(self, relation: Relation, name: str) -> Column | None:
        """A column by its name."""
        return self.by_place.get((relation.oid, name))

    def primary_key(self, relation: Relation) -> tuple[str, ...]:
        """The columns of a table's primary key, in the key's order."""
        keys = self.keys.get(relation.oid, ())
        return next((key.columns for key in keys if key.is_primary), ())


def read_catalog(connection: Connection) -> Catalog:
    """Read the catalog as the session's snapshot sees it."""
    LOG.info("reading the catalog")
    info = connection.info
    refuse_other_bytes(connection)
    relations, columns, keys, foreign_keys, checks, enums, composites, public = read_together(
        connection,
        (
            (query("catalog_relations"), _made_of(Relation)),
            (query("catalog_columns"), _made_of(Column)),
            (query("catalog_keys"), _made_of(Key)),
            FOREIGN_KEYS,
            (query("catalog_checks"), _made_of(Check)),
            (query("catalog_enums"), tuple_row),
            (query("catalog_composites"), tuple_row),
            (HAS_PUBLIC, tuple_row),
        ),
    )
    return Catalog(
        server_version=info.server_version,
        encoding=info.parameter_status("server_encoding") or "",
        relations=tuple(relations),
        columns=_by_relation(columns),
        keys=_by_relation(keys),
        foreign_keys=tuple(foreign_keys),
        checks=_by_relation(checks),
        # The labels of each enum, by its schema and name.
        enums={(schema, name): tuple(labels) for schema, name, labels in enums},
        has_public=public == [(True,)],
        composites=_composites_of(composites),
    )


def _composites_of(rows: Iterable[Any]) -> dict[tuple[str, str], tuple[Member, ...]]:
    """The members of each composite type, by its schema and name."""
    found: dict[tuple[str, str], list[Member]] = {}
    for schema, name, member, of_schema, of_type, modifier, *element in rows:
        of = (element[0], element[1]) if element[1] else None
        read = Member(name=member, schema=of_schema, type=of_type, modifier=modifier, element=of)
        found.setdefault((schema, name), []).append(read)
    return {composite: tuple(members) for composite, members in found.items()}


def _made_of(kind: type[Any]) -> RowFactory[Any]:
    """Makes rows a value of a kind, with tuples for arrays, which the driver returns as lists."""

    def made(**values: Any) -> Any:
        return kind(**{name: _frozen(value) for name, value in values.items()})

    return kwargs_row(made)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _by_relation(values: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    grouped: dict[int, list[Any]] = {}
    for value in values:
        grouped.setdefault(value.relation, []).append(value)
    return {relation: tuple(group) for relation, group in grouped.items()}
