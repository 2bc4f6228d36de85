"""Writes and reads `privaci.lock.json`, the reviewed tables and columns of a source."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from privaci_core.catalog.whole_file import write_whole
from privaci_core.errors import PreflightError
from privaci_core.postgres.names import table_name

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_core.catalog.catalog import Catalog, Relation

FORMAT = 1
DOCS = "docs/reference/lock-file.md"
# How a table travels: in one step with others, in a step of its own, or in slices.
Travel = Literal["together", "alone", "slices"]
# About what a slice holds of the largest table; a table of no more than that is not sliced.
SLICE_BYTES = 256 << 20
# A smaller table takes seconds at most: a step of its own would cost more than its rows.
ALONE_BYTES = 64 << 20
MOST_SLICES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTable:
    """A table as the lock file has it."""

    schema: str
    name: str
    columns: dict[str, str]
    primary_key: tuple[str, ...]
    references: tuple[str, ...]
    travels: Travel = "together"

    @property
    def qualified(self) -> str:
        """The table as a person reads it."""
        return table_name(self.schema, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The reviewed shape of a source: its tables, and how each of them travels."""

    # How many slices every sliced table has: about 256 MB each of the largest one.
    slices: int
    tables: tuple[LockedTable, ...]
    # What the source has and a copy does not carry, by name.
    unhandled: tuple[str, ...] = ()


def lock_of(catalog: Catalog, slice_bytes: int = SLICE_BYTES) -> Lock:
    """The part of a catalog that a person reviews, without sizes, which change with every row."""
    sizes = _sizes(catalog)
    largest = max(sizes.values(), default=0)
    slices = min(MOST_SLICES, max(1, math.ceil(largest / slice_bytes)))
    tables = tuple(
        replace(_locked(catalog, table), travels=way_to_travel(sizes[table.oid], slice_bytes))
        for table in catalog.roots
    )
    return Lock(slices=slices, tables=tables, unhandled=unhandled(catalog))


def way_to_travel(size_bytes: int, slice_bytes: int = SLICE_BYTES) -> Travel:
    """How a table of this size travels; a partitioned table's size is that of its partitions."""
    if size_bytes > slice_bytes:
        return "slices"
    return "alone" if size_bytes >= ALONE_BYTES else "together"


def _sizes(catalog: Catalog) -> dict[int, int]:
    """The bytes of each root, by its oid."""
    sizes = {root.oid: 0 for root in catalog.roots}
    for table in catalog.tables:
        sizes[catalog.root(table).oid] += table.size_bytes
    return sizes


def sliced_in(lock: Lock) -> dict[str, int]:
    """How many slices each sliced table has, by its name."""
    return {table.qualified: lock.slices for table in lock.tables if table.travels == "slices"}


def slice_names(slices: int) -> list[str]:
    """The names of the slices, which are the orchestrator's partitions."""
    return [f"{number} of {slices}" for number in range(1, slices + 1)]


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
    for table in tables:
        # How a table travels says nothing of its shape, and fingerprints outlive versions.
        del table["travels"]
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()


def _locked(catalog: Catalog, table: Relation) -> LockedTable:
    # Without quotes, as in the lock files and fingerprints of earlier versions.
    referenced = {
        f"{catalog.by_oid[key.referenced].schema}.{catalog.by_oid[key.referenced].name}"
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
    for table in content["tables"]:
        # Most tables travel together: a line of each would say nothing.
        if table["travels"] == "together":
            del table["travels"]
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(path, text.encode())
    except OSError as error:
        why = error.strerror or "it cannot be written"
        remedy = "Name another one with --lock, in a folder that exists."
        raise PreflightError(f"Writing the lock file {path}", why, remedy, DOCS) from None


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
        travels=_travels(content.get("travels", "together")),
    )


def _travels(word: str) -> Travel:
    """A way to travel; a lock file of an earlier version names none."""
    found: dict[str, Travel] = {way: way for way in get_args(Travel)}
    return found[word]
