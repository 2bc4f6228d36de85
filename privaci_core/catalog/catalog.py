"""Reads what a database is made of, in one round of set-based queries, into values that hold no row of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from psycopg import sql
from psycopg.rows import class_row

from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# A column, by the number of its relation and its name.
Place = tuple[int, str]

# Postgres's own letters for kinds of relation, as pg_class.relkind has them.
Kind = Literal["r", "p", "v", "m", "f", "S"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, and what its type is made of once domains and arrays are looked through."""

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


# A varchar's modifier counts a four-byte header along.
TYPMOD_HEADER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A unique index, a primary key among them; expressions stand beside the plain columns."""

    relation: int = field(repr=False)
    name: str
    is_primary: bool
    columns: tuple[str, ...]
    expression_columns: tuple[str, ...]
    expressions: str | None
    predicate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key: which columns refer to which, and how."""

    relation: int = field(repr=False)
    referenced: int = field(repr=False)
    name: str
    columns: tuple[str, ...]
    referenced_columns: tuple[str, ...]
    match: str
    on_delete: str
    deferrable: bool
    validated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check constraint that holds for some columns, a domain's among them."""

    relation: int = field(repr=False)
    name: str
    definition: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table, view or sequence, with where it hangs and how large it is."""

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
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """The name as SQL writes it."""
        return sql.Identifier(self.schema, self.name)

    @property
    def size_bytes(self) -> int:
        """Heap and TOAST: what a copy of it has to carry, about."""
        return self.heap_bytes + self.toast_bytes


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Everything a database is made of, as one moment of it shows."""

    server_version: int
    encoding: str
    relations: tuple[Relation, ...]
    columns: dict[int, tuple[Column, ...]]
    keys: dict[int, tuple[Key, ...]]
    foreign_keys: tuple[ForeignKey, ...]
    checks: dict[int, tuple[Check, ...]]
    enums: dict[tuple[str, str], tuple[str, ...]]
    # A database can be without the schema that every new one has.
    has_public: bool = True

    @cached_property
    def by_oid(self) -> dict[int, Relation]:
        """Relations by their number in the source."""
        return {relation.oid: relation for relation in self.relations}

    @cached_property
    def by_name(self) -> dict[str, Relation]:
        """Relations by the name a person writes."""
        return {relation.qualified: relation for relation in self.relations}

    @property
    def tables(self) -> tuple[Relation, ...]:
        """Whatever holds rows of its own: plain tables and the leaves of partitioned ones."""
        return tuple(relation for relation in self.relations if relation.kind == "r")

    @property
    def roots(self) -> tuple[Relation, ...]:
        """Tables as a person counts them: plain ones, and partitioned ones with all that is below them."""
        return tuple(r for r in self.relations if r.kind in {"r", "p"} and r.partition_of is None)

    @property
    def sequences(self) -> tuple[Relation, ...]:
        """Every sequence."""
        return tuple(relation for relation in self.relations if relation.kind == "S")

    def root(self, relation: Relation) -> Relation:
        """The partitioned table at the top of a leaf, at any depth; a plain table is its own."""
        while relation.partition_of is not None:
            relation = self.by_oid[relation.partition_of]
        return relation

    def column(self, relation: Relation, name: str) -> Column | None:
        """A column by its name."""
        return next(
            (column for column in self.columns.get(relation.oid, ()) if column.name == name), None
        )


def read_catalog(connection: Connection) -> Catalog:
    """Read the catalog as the session's snapshot sees it."""
    info = connection.info
    return Catalog(
        server_version=info.server_version,
        encoding=info.parameter_status("server_encoding") or "",
        relations=_read(connection, Relation, "catalog_relations"),
        columns=_by_relation(_read(connection, Column, "catalog_columns")),
        keys=_by_relation(_read(connection, Key, "catalog_keys")),
        foreign_keys=_read(connection, ForeignKey, "catalog_foreign_keys"),
        checks=_by_relation(_read(connection, Check, "catalog_checks")),
        has_public=bool(
            (
                connection.execute("SELECT pg_catalog.to_regnamespace('public')").fetchone()
                or (None,)
            )[0]
        ),
        enums={
            (row[0], row[1]): tuple(row[2]) for row in connection.execute(query("catalog_enums"))
        },
    )


def _read(connection: Connection, kind: type[Any], name: str) -> tuple[Any, ...]:
    with connection.cursor(row_factory=class_row(_with_tuples(kind))) as cursor:
        return tuple(cursor.execute(query(name)).fetchall())


def _with_tuples(kind: type[Any]) -> Any:
    """A constructor that freezes the lists which the driver makes of arrays."""
    return lambda **values: kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
    )


def _by_relation(values: tuple[Any, ...]) -> dict[int, tuple[Any, ...]]:
    grouped: dict[int, list[Any]] = {}
    for value in values:
        grouped.setdefault(value.relation, []).append(value)
    return {relation: tuple(group) for relation, group in grouped.items()}
