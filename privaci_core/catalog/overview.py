"""Shows what a source is made of: its tables, how large they are, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Every relation but sequences; a partition counts to its table."""
    leaves: dict[int, list[Relation]] = {}
    for leaf in catalog.tables:
        leaves.setdefault(catalog.root(leaf).oid, []).append(leaf)
    for relation in catalog.relations:
        if relation.kind == "S" or relation.partition_of is not None:
            continue
        parts = leaves.get(relation.oid, [relation])
        primary = next((key for key in catalog.keys.get(relation.oid, ()) if key.is_primary), None)
        keys = (key for key in catalog.foreign_keys if key.relation == relation.oid)
        yield Inspected(
            name=relation.qualified,
            kind=KINDS[relation.kind],
            rows=sum(part.estimated_rows for part in parts),
            size_bytes=sum(part.size_bytes for part in parts),
            columns={column.name: column.type for column in catalog.columns.get(relation.oid, ())},
            key=primary.columns if primary else (),
            references=tuple(
                f"({', '.join(key.columns)}) -> {catalog.by_oid[key.referenced].qualified}"
                f"({', '.join(key.referenced_columns)})"
                for key in keys
            ),
            comment=relation.comment or "",
        )
