"""Draws schemas with keys of every kind, rows that refer to one another, and subsets of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from subset.oracle import Reference

if TYPE_CHECKING:
    from random import Random

    import psycopg

# The key of a table: its columns, each with its type.
KEYS = {
    "id": (("id", "int"),),
    "composite": (("a", "int"), ("b", "text")),
    "code": (("code", "text"),),
    "none": (),
}
Shape = Literal["plain", "partitioned", "inherits"]
# Where the partitions of a table by range of a number end.
BOUNDS = (10, 20)
MOST_ROWS = 25


@dataclass(kw_only=True)
class Table:
    """A table as it is drawn, with its rows."""

    name: str
    key: str
    shape: Shape = "plain"
    # Columns with their types and what else their definition says.
    columns: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    inherited: Table | None = None
    # Besides its primary key: a unique column that may be NULL.
    has_code: bool = False

    @property
    def key_columns(self) -> list[str]:
        """The columns of the key."""
        return [name for name, _ in KEYS[self.key]]

    @property
    def identity(self) -> list[str]:
        """The columns whose hash chooses rows: the key's, or all."""
        if self.key_columns:
            return self.key_columns
        above = list(self.inherited.columns) if self.inherited else []
        return [*above, *(name for name in self.columns if name not in above)]

    @property
    def leaves(self) -> list[str]:
        """The tables that hold its rows."""
        if self.shape != "partitioned":
            return [self.name]
        return [f"{self.name}_{number}" for number in range(len(BOUNDS) + 1)]

    def leaf_of(self, row: dict[str, Any]) -> str:
        """The table that holds a row."""
        number = sum(row[self.split_by] >= bound for bound in BOUNDS)
        return self.leaves[number] if self.shape == "partitioned" else self.name

    @property
    def split_by(self) -> str:
        """The number whose ranges are the partitions."""
        return {"id": "id", "composite": "a"}.get(self.key, "size")


@dataclass(kw_only=True)
class Drawn:
    """A schema with its rows and references."""

    tables: list[Table]
    references: list[Reference] = field(default_factory=list)
    # The statements that add foreign keys after the rows, and the relations of the policy.
    keys: list[str] = field(default_factory=list)
    relations: list[dict[str, str]] = field(default_factory=list)
    # Columns that can become NULL, by the reference that they are of.
    nullable: list[tuple[Reference, str]] = field(default_factory=list)

    def add(self, reference: Reference, *nullable: str) -> None:
        """Add a reference."""
        self.references.append(reference)
        self.nullable += [(reference, column) for column in nullable]


def draw(random: Random) -> Drawn:
    """A schema of up to twelve tables."""
    drawn = Drawn(tables=[])
    for number in range(random.randint(2, 12)):
        drawn.tables.append(_table(random, number, drawn.tables))
    for table in drawn.tables:
        _fill(random, table)
    for table in drawn.tables:
        for number in range(random.choice((0, 1, 1, 2, 2, 3))):
            _refer(random, drawn, table, f"r{table.name.split('.')[1]}_{number}")
    return drawn


def create(connection: psycopg.Connection[Any], drawn: Drawn) -> None:
    """Create a drawn schema in place of an earlier one, its rows, and then its keys."""
    connection.execute("DROP SCHEMA IF EXISTS public, other CASCADE")
    connection.execute("CREATE SCHEMA public; CREATE SCHEMA other")
    for table in drawn.tables:
        for statement in _definition(table):
            connection.execute(statement.encode())
    for table in drawn.tables:
        names = list(table.rows[0]) if table.rows else []
        connection.cursor().executemany(
            f"INSERT INTO {table.name} ({', '.join(names)})"
            f" VALUES ({', '.join(['%s'] * len(names))})".encode(),
            [[_written(row[name]) for name in names] for row in table.rows],
        )
    for statement in drawn.keys:
        connection.execute(statement.encode())


def _written(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _table(random: Random, number: int, before: list[Table]) -> Table:
    schema = random.choice(("public", "public", "other"))
    table = Table(name=f"{schema}.t{number}", key=random.choice(list(KEYS)))
    plain = [each for each in before if each.shape == "plain"]
    shapes: list[Shape] = ["plain", "plain", "plain", "partitioned"]
    table.shape = random.choice([*shapes, "inherits"] if plain else shapes)
    if table.key == "code" and table.shape == "partitioned":
        table.key = "id"
    if table.shape == "inherits":
        table.inherited = random.choice(plain)
        table.key = random.choice(("id", "none"))
    table.has_code = table.key == "id" and table.shape == "plain" and random.random() < 0.4
    table.columns = {name: f"{kind} NOT NULL" for name, kind in KEYS[table.key]}
    table.columns |= {"tag": "text NOT NULL", "size": "int NOT NULL"}
    table.columns |= {"code": "text UNIQUE"} if table.has_code else {}
    return table


def _fill(random: Random, table: Table) -> None:
    for number in range(random.choice((0, 3, 8, MOST_ROWS))):
        row: dict[str, Any] = {"tag": f"{table.name} {number}", "size": random.randrange(30)}
        for name, kind in KEYS[table.key]:
            row[name] = number if kind == "int" else f"c{number % 7}"
        if table.key == "composite":
            row["a"] = number // 7 * 9
        if table.key == "code":
            row["code"] = f"c{number}"
        if table.has_code:
            row["code"] = None if random.random() < 0.3 else f"c{number}"
        above = table.inherited
        while above is not None:
            # The columns that it has from above hold something of its own.
            for name, kind in KEYS[above.key]:
                row.setdefault(name, number if kind == "int" else f"c{number}")
            above = above.inherited
        table.rows.append(row)


def _refer(random: Random, drawn: Drawn, child: Table, name: str) -> None:
    """Add a reference of some kind to a table that can be referred to."""
    kind = random.choice(("key", "key", "key", "key", "soft", "when", "document"))
    parent = random.choice(drawn.tables)
    if kind == "key" and parent.key != "none":
        _key(random, drawn, child, parent, name)
    elif kind == "soft":
        _soft(random, drawn, child, parent, name)
    elif kind == "when":
        _polymorphic(random, drawn, child, name)
    elif kind == "document":
        _document(random, drawn, child, parent, name)


def _key(random: Random, drawn: Drawn, child: Table, parent: Table, name: str) -> None:
    to = parent.key_columns
    if parent.has_code and random.random() < 0.5:
        to = ["code"]
    # A key may be one partition's alone, at either end.
    above, below = parent.name, child.name
    # Postgres adds no key between a table and a partition of it.
    if parent is not child:
        above = random.choice(parent.leaves) if random.random() < 0.2 else above
        below = random.choice(child.leaves) if random.random() < 0.2 else below
    held = [
        key
        for row in parent.rows
        if above in {parent.name, parent.leaf_of(row)}
        and None not in (key := tuple(row[column] for column in to))
    ]
    is_full = len(to) > 1 and random.random() < 0.5
    has_heirs = any(table.inherited is child for table in drawn.tables)
    is_filled = bool(held) and not has_heirs and random.random() < 0.25
    may_dangle = child.shape != "partitioned" and random.random() < 0.2
    types = dict(KEYS[parent.key]) | {"code": "text"}
    names = [f"{name}_{number}" for number in range(len(to))]
    for column, referenced in zip(names, to, strict=True):
        child.columns[column] = types[referenced] + (" NOT NULL" if is_filled else "")
    for row in child.rows:
        drawn_key = _referring(random, held, len(to), is_filled=is_filled, is_full=is_full)
        if may_dangle and random.random() < 0.1:
            drawn_key = tuple(-1 if types[each] == "int" else "gone" for each in to)
        row |= dict(zip(names, drawn_key, strict=True))
    reference = Reference(child=below, parent=above, columns=tuple(names), to=tuple(to))
    drawn.add(replace(reference, is_full=is_full), *([] if is_filled else names))
    drawn.keys.append(
        f"ALTER TABLE {below} ADD FOREIGN KEY ({', '.join(names)})"
        f" REFERENCES {above} ({', '.join(to)})"
        f"{' MATCH FULL' if is_full else ''}{' NOT VALID' if may_dangle else ''}"
    )


def _referring(
    random: Random, held: list[tuple[Any, ...]], width: int, *, is_filled: bool, is_full: bool
) -> tuple[Any, ...]:
    """What a row refers by: to some row, or to none by one NULL or several."""
    if not held or (not is_filled and random.random() < 0.3):
        return (None,) * width
    key = random.choice(held)
    if is_filled or is_full or random.random() < 0.9:
        return key
    nulled = random.randrange(width)
    return tuple(None if place == nulled else each for place, each in enumerate(key))


def _soft(random: Random, drawn: Drawn, child: Table, parent: Table, name: str) -> None:
    """A relation to any column: several rows of the parent may hold the same."""
    to = random.choice(("size", "tag", *parent.key_columns[:1]))
    types = dict(KEYS[parent.key]) | {"size": "int", "tag": "text"}
    child.columns[name] = types[to]
    for row in child.rows:
        row[name] = _some(random, parent, to, "gone" if types[to] == "text" else -1)
    drawn.add(Reference(child=child.name, parent=parent.name, columns=(name,), to=(to,)), name)
    drawn.relations.append({"from": f"{child.name}({name})", "to": f"{parent.name}({to})"})


def _polymorphic(random: Random, drawn: Drawn, child: Table, name: str) -> None:
    """A relation to one of two tables, as a column says."""
    parents = random.sample(drawn.tables, 2)
    child.columns |= {name: "int", f"{name}_kind": "text"}
    for row in child.rows:
        which = random.randrange(2)
        row[name] = _some(random, parents[which], "size", -1)
        row[f"{name}_kind"] = random.choice((f"k{which}", f"k{which}", "other", None))
    for which, parent in enumerate(parents):
        when = (f"{name}_kind", f"k{which}")
        reference = Reference(child=child.name, parent=parent.name, columns=(name,), to=("size",))
        drawn.add(replace(reference, when=when), name)
        drawn.relations.append(
            {
                "from": f"{child.name}({name})",
                "to": f"{parent.name}(size)",
                "when": f"{when[0]} == '{when[1]}'",
            }
        )


def _document(random: Random, drawn: Drawn, child: Table, parent: Table, name: str) -> None:
    """A relation out of a document: a number in it, or a text that looks like one."""
    to = random.choice(("size", *parent.key_columns[:1]))
    child.columns[name] = "jsonb"
    for row in child.rows:
        held = _some(random, parent, to, "gone")
        if random.random() < 0.3:
            held = None if held is None else str(held)
        row[name] = random.choice(({"of": held}, {"of": held}, {"other": 1}, None))
    reference = Reference(child=child.name, parent=parent.name, columns=(name,), to=(to,))
    drawn.add(replace(reference, member="of"))
    drawn.relations.append({"from": f"{child.name}({name}->>'of')", "to": f"{parent.name}({to})"})


def _some(random: Random, parent: Table, column: str, gone: Any) -> Any:
    held = [row[column] for row in parent.rows]
    return random.choice([*(held or [gone]), None, gone])


def _definition(table: Table) -> list[str]:
    columns = [f"{name} {kind}" for name, kind in table.columns.items()]
    if table.key in {"id", "composite"}:
        columns.append(f"PRIMARY KEY ({', '.join(table.key_columns)})")
    if table.key == "code":
        columns.append("UNIQUE (code)")
    made = f"CREATE TABLE {table.name} ({', '.join(columns)})"
    if table.inherited is not None:
        return [f"{made} INHERITS ({table.inherited.name})"]
    if table.shape != "partitioned":
        return [made]
    ends = ["MINVALUE", *map(str, BOUNDS), "MAXVALUE"]
    return [
        f"{made} PARTITION BY RANGE ({table.split_by})",
        *(
            f"CREATE TABLE {leaf} PARTITION OF {table.name}"
            f" FOR VALUES FROM ({ends[number]}) TO ({ends[number + 1]})"
            for number, leaf in enumerate(table.leaves)
        ),
    ]
