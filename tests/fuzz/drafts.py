"""A schema as it is drawn: the statements so far, and the objects that later ones may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fuzz.names import new_name, quoted
from fuzz.values import BUILT_IN, any_type

if TYPE_CHECKING:
    from random import Random


@dataclass
class Column:
    """A column; a generated one takes no value."""

    name: str
    type: str
    values: tuple[str, ...]
    is_generated: bool = False
    is_key: bool = False


@dataclass
class Table:
    """A table that rows can be inserted into."""

    name: str
    columns: list[Column]
    kind: str = "plain"
    constraints: list[str] = field(default_factory=list)

    @property
    def key(self) -> Column | None:
        """Its first key column."""
        return next((column for column in self.columns if column.is_key), None)


@dataclass
class Draft:
    """What was drawn so far. Postgres refuses some statements; those are left out."""

    random: Random
    version: int
    # What the server offers beside Postgres itself.
    extensions: frozenset[str]
    statements: list[str] = field(default_factory=list)
    schemas: list[str] = field(default_factory=lambda: ["public"])
    tables: list[Table] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    matviews: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    trigger_functions: list[str] = field(default_factory=list)
    event_functions: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # What can be given a comment: `TABLE "a"."b"`.
    commented: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, statement: str) -> None:
        """Add a statement."""
        self.statements.append(statement)

    def made(self, kind: str, name: str) -> None:
        """Remember an object that may be given a comment."""
        self.commented.append(f"{kind} {name}")

    def name(self) -> str:
        """A new quoted name without a schema."""
        return quoted(new_name(self.random, self.taken))

    def local(self) -> str:
        """A new quoted name of a relation, a type or a function, in one of the schemas."""
        return f"{self.schema()}.{self.name()}"

    def schema(self) -> str:
        """One of the schemas, quoted."""
        return quoted(self.random.choice(self.schemas))

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def any_type(self) -> tuple[str, tuple[str, ...]]:
        """A type that columns may have, and some of its values."""
        if self.types and self.chance(0.3):
            name = self.random.choice(list(self.types))
            return name, self.types[name]
        name = any_type(self.random, self.extensions)
        return name, BUILT_IN[name]
