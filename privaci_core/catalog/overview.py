"""Lists the tables of a source: their sizes, keys and references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, Relation

KINDS = {
    "r": "table",
    "p": "partitioned",
    "v": "view",
    "m": "matview",
    "f": "foreign",
    "S": "sequence",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One relation, in words."""

    name: str
    kind: str
    rows: int
    size_bytes: int
    columns: dict[str, str]
    key: tuple[str, ...]
    references: tuple[str, ...]
    comment: str


def inspected(catalog: Catalog) -> Iterator[Inspected]:
    """Every relation but sequences; a partitioned table is one with its partitions."""
    leaves: dict[int, list[Relation]] = {}
    for leaf in catalog.tables:
        leaves.setdefault(catalog.root(leaf).oid, []).append(leaf)
    for relation in catalog.relations:
        if relation.kind == "S" or relation.partition_of is not None:
            continue
        parts = leaves.get(relation.oid, [relation])
        yield Inspected(
            name=relation.qualified,
            kind=KINDS[relation.kind],
            rows=sum(part.estimated_rows for part in parts),
            size_bytes=sum(part.size_bytes for part in parts),
            columns={column.name: column.type for column in catalog.columns.get(relation.oid, ())},
            key=catalog.primary_key(relation),
            references=tuple(_references(catalog, relation)),
            comment=relation.comment or "",
        )


def _references(catalog: Catalog, relation: Relation) -> Iterator[str]:
    """The foreign keys of a table: its columns, and the columns that they refer to."""
    for key in catalog.foreign_keys:
        if key.relation == relation.oid:
            columns, referenced = map(_listed, (key.columns, key.referenced_columns))
            yield f"({columns}) -> {catalog.by_oid[key.referenced].qualified}({referenced})"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(spelled, columns))
