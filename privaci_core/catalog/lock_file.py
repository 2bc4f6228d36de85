"""Writes and reads `privaci.lock.json`, the reviewed tables and columns of a source."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_core.catalog.catalog import Catalog, Relation

FORMAT = 1
# What one step of the orchestrator loads of a table: one to two gigabytes.
SLICE_BYTES = 1536 << 20
MOST_SLICES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTable:
    """A table as the lock file has it."""

    schema: str
    name: str
    columns: dict[str, str]
    primary_key: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def qualified(self) -> str:
        """The table as a person reads it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The reviewed shape of a source: its tables, and how many slices its largest table has."""

    slices: int
    tables: tuple[LockedTable, ...]
    # What the source has and a copy does not carry, by name.
    unhandled: tuple[str, ...] = ()


def lock_of(catalog: Catalog) -> Lock:
    """The part of a catalog that a person reviews, without sizes, which change with every row."""
    largest = max((table.size_bytes for table in catalog.tables), default=0)
    slices = min(MOST_SLICES, max(1, math.ceil(largest / SLICE_BYTES)))
    tables = tuple(_locked(catalog, table) for table in catalog.roots)
    return Lock(slices=slices, tables=tables, unhandled=unhandled(catalog))


def slice_names(slices: int) -> list[str]:
    """The names of the slices, which are the orchestrator's partitions."""
    return [f"{number:02d}" for number in range(slices)]


def unhandled(catalog: Catalog) -> tuple[str, ...]:
    """Tables whose rows a copy does not carry, with the reason."""
    foreign = (relation.qualified for relation in catalog.relations if relation.kind == "f")
    return tuple(
        f"FOREIGN TABLE {name}: its rows are another server's, and are not copied"
        for name in foreign
    )


def shape_fingerprint(catalog: Catalog) -> str:
    """A hash of every table's columns, types and keys."""
    tables = [asdict(_locked(catalog, table)) for table in catalog.tables]
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()


def _locked(catalog: Catalog, table: Relation) -> LockedTable:
    referenced = {
        catalog.by_oid[key.referenced].qualified
        for key in catalog.foreign_keys
        if key.relation == table.oid
    }
    return LockedTable(
        schema=table.schema,
        name=table.name,
        columns={column.name: column.type for column in catalog.columns.get(table.oid, ())},
        primary_key=catalog.primary_key(table),
        references=tuple(sorted(referenced)),
    )


def write_lock(lock: Lock, path: Path) -> None:
    """Write the lock as indented JSON, so that a diff shows each change on its own line."""
    content = {"format": FORMAT, **asdict(lock)}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_lock(path: Path) -> Lock:
    """Read a lock file; refuse one that cannot be read or has another format."""
    context = f"Reading the lock file {path}"
    remedy = "Write it again with `privaci introspect`, and review the difference."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise PreflightError(
                context, f"its format is {content['format']}, this version reads {FORMAT}", remedy
            )
        tables = tuple(_table(table) for table in content["tables"])
        return Lock(
            slices=int(content["slices"]),
            tables=tables,
            unhandled=tuple(content.get("unhandled", ())),
        )
    except FileNotFoundError:
        raise PreflightError(context, "there is no such file", remedy) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise PreflightError(context, "it is not a lock file", remedy) from None


def _table(content: dict[str, Any]) -> LockedTable:
    return LockedTable(
        schema=content["schema"],
        name=content["name"],
        columns=content["columns"],
        primary_key=tuple(content["primary_key"]),
        references=tuple(content["references"]),
    )
