"""Builds catalogs without a server, from tables as a person would note them down.

    catalog(
        table("public.team", "id int4 key", "name text"),
        table("public.person", "id int8 key", "email text unique", "team int4 -> public.team.id"),
    )

A column is its name, its type and what holds for it: `key`, `unique`, `not null`, `generated`,
`textual` (its type has no binary form), `-> schema.table.column`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from privaci_core.catalog.catalog import Catalog, Column, Key, Relation
from privaci_core.catalog.foreign_keys import ForeignKey

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Kind, Place

COLUMN = re.compile(
    r"(?P<name>\w+) (?P<type>\w+)(?:\((?P<size>[\d, -]+)\))?(?P<array>\[\])?"
    r"(?P<flags>(?: (?:key|unique|not null|generated|textual))*)"
    r"(?: -> (?P<refers>[\w.]+))?"
)
CLOCKS = ("timestamp", "timestamptz", "time", "timetz", "interval")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table as it is noted down; its oid comes with its place in the catalog."""

    name: str
    columns: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    kind: Kind = "r"
    partition_of: str | None = None
    inherits: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Link:
    """A foreign key of several columns."""

    name: str
    referencing: str
    referenced: str


def table(
    name: str,
    *columns: str,
    unique: tuple[str, ...] = (),
    kind: Literal["r", "p", "v", "m", "f", "S"] = "r",
    partition_of: str | None = None,
    inherits: tuple[str, ...] = (),
    **options: Any,
) -> Table:
    """A table; `unique` are indexes over an expression, as `lower(email)`."""
    return Table(
        name=name,
        columns=columns,
        unique=unique,
        kind=kind,
        partition_of=partition_of,
        inherits=inherits,
        options=options,
    )


def foreign_key(referencing: str, referenced: str) -> Link:
    """A foreign key over several columns: `public.line(a, b)` to `public.head(a, b)`."""
    return Link(name="link", referencing=referencing, referenced=referenced)


def catalog(*parts: Table | Link, enums: dict[str, tuple[str, ...]] | None = None) -> Catalog:
    """A catalog of these tables, in this order; enums by schema.name with their labels."""
    tables = [part for part in parts if isinstance(part, Table)]
    oids = {part.name: number for number, part in enumerate(tables, 1)}
    return Catalog(
        server_version=160000,
        encoding="UTF8",
        relations=tuple(_relation(part, oids) for part in tables),
        columns={oids[part.name]: _columns(part, oids, enums or {}) for part in tables},
        keys={oids[part.name]: tuple(_keys(part, oids)) for part in tables},
        foreign_keys=(
            *(key for part in tables for key in _simple_keys(part, oids)),
            *(_key_of(part, oids) for part in parts if isinstance(part, Link)),
        ),
        checks={},
        enums={tuple(name.split(".")): labels for name, labels in (enums or {}).items()},  # type: ignore[misc]
    )


def place(source: Catalog, column: str) -> Place:
    """A column by schema.table.column."""
    name, _, of = column.rpartition(".")
    return source.by_name[name].oid, of


def _relation(part: Table, oids: dict[str, int]) -> Relation:
    schema, name = part.name.split(".")
    usual: dict[str, Any] = {
        "persistence": "p",
        "partition_key": None,
        "partition_bound": None,
        "row_security": False,
        "estimated_rows": 0,
        "heap_bytes": 0,
        "toast_bytes": 0,
        "triggers": 0,
        "comment": None,
    }
    return Relation(
        oid=oids[part.name],
        schema=schema,
        name=name,
        kind=part.kind,
        partition_of=oids[part.partition_of] if part.partition_of else None,
        inherits=tuple(oids[parent] for parent in part.inherits),
        **(usual | part.options),
    )


def _columns(
    part: Table, oids: dict[str, int], enums: dict[str, tuple[str, ...]]
) -> tuple[Column, ...]:
    of_enum = {name.split(".")[1]: name.split(".")[0] for name in enums}
    found = []
    for number, text in enumerate(part.columns, 1):
        match = _parsed(text)
        scalar, flags = match["type"], match["flags"]
        schema = of_enum.get(scalar, "pg_catalog")
        found.append(
            Column(
                relation=oids[part.name],
                name=match["name"],
                number=number,
                type=scalar + (f"({match['size']})" if match["size"] else ""),
                base_schema=schema,
                base_type=f"_{scalar}" if match["array"] else scalar,
                scalar_schema=schema,
                scalar_type=scalar,
                scalar_kind="e" if scalar in of_enum else "b",
                is_array=bool(match["array"]),
                is_domain=False,
                modifier=_modifier(scalar, match["size"]),
                not_null="not null" in flags or " key" in flags,
                has_default=False,
                identity="",
                generated="s" if "generated" in flags else "",
                binary="textual" not in flags,
                comment=None,
            )
        )
    return tuple(found)


def _modifier(scalar: str, size: str | None) -> int:
    if size is None:
        return -1
    numbers = [int(number) for number in size.split(",")]
    if scalar == "numeric":
        precision, scale = (*numbers, 0)[:2]
        return ((precision << 16) | (scale & 0x7FF)) + 4
    return numbers[0] if scalar in CLOCKS else numbers[0] + 4


def _keys(part: Table, oids: dict[str, int]) -> list[Key]:
    parsed = [_parsed(text) for text in part.columns]
    primary = tuple(match["name"] for match in parsed if " key" in match["flags"])
    keys = [_key(part, oids, primary, is_primary=True)] if primary else []
    keys += [_key(part, oids, (match["name"],)) for match in parsed if " unique" in match["flags"]]
    for expression in part.unique:
        names = tuple(m["name"] for m in parsed if re.search(rf"\b{m['name']}\b", expression))
        keys.append(_key(part, oids, (), expression_columns=names, expressions=expression))
    return keys


def _key(
    part: Table,
    oids: dict[str, int],
    columns: tuple[str, ...],
    *,
    is_primary: bool = False,
    expression_columns: tuple[str, ...] = (),
    expressions: str | None = None,
) -> Key:
    return Key(
        relation=oids[part.name],
        name="_".join(["key", *columns]),
        is_primary=is_primary,
        columns=columns,
        expression_columns=expression_columns,
        expressions=expressions,
        predicate=None,
    )


def _simple_keys(part: Table, oids: dict[str, int]) -> list[ForeignKey]:
    found = []
    for match in map(_parsed, part.columns):
        if match["refers"]:
            referenced, _, column = match["refers"].rpartition(".")
            name = f"{part.name.split('.')[1]}_{match['name']}_fkey"
            ends = ((part.name, (match["name"],)), (referenced, (column,)))
            found.append(_foreign_key(name, ends, oids))
    return found


def _key_of(link: Link, oids: dict[str, int]) -> ForeignKey:
    ends = []
    for end in (link.referencing, link.referenced):
        name, _, columns = end.rstrip(")").partition("(")
        ends.append((name, tuple(column.strip() for column in columns.split(","))))
    return _foreign_key(link.name, (ends[0], ends[1]), oids)


End = tuple[str, tuple[str, ...]]


def _foreign_key(name: str, ends: tuple[End, End], oids: dict[str, int]) -> ForeignKey:
    (referencing, columns), (referenced, referenced_columns) = ends
    return ForeignKey(
        relation=oids[referencing],
        referenced=oids[referenced],
        child_schema="public",
        child=referencing,
        child_alone=True,
        parent_schema="public",
        parent=referenced,
        parent_alone=True,
        name=name,
        columns=columns,
        referenced_columns=referenced_columns,
        match="s",
        on_delete="a",
        deferrable=False,
        validated=True,
    )


def _parsed(text: str) -> re.Match[str]:
    match = COLUMN.fullmatch(text)
    if match is None:
        message = f"not a column: {text}"
        raise ValueError(message)
    return match
