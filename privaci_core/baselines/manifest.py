"""Describes a baseline: what it was taken from, its tables, and every object that holds them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from privaci_core.errors import CopyError
from privaci_core.prove.document import ProofId, proof_id_from
from privaci_core.stores.extra import DOCS
from privaci_core.stores.parquet_types import Field
from privaci_core.stores.store import AGE, Stored

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTable:
    """The rows of one table, or of one partition, in files."""

    schema: str
    relation: str
    rows: int
    fields: tuple[Field, ...]
    files: tuple[Stored, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a sequence stands."""

    schema: str
    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLargeObjects:
    """What large objects there are, with owners and grants; and their contents, end to end."""

    described: Stored
    contents: Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline as its manifest describes it; it holds no value of a row."""

    id: str
    at: datetime
    database: str
    # The refreshes whose rows it holds; the newest last.
    refreshes: tuple[str, ...]
    # A hash of every table's columns, types and keys.
    fingerprint: str
    # The columns of each table with their types, its partitions' too.
    shape: Mapping[str, Mapping[str, str]]
    server_version: int
    encoding: str
    has_public: bool
    tables: tuple[KeptTable, ...] = field(repr=False)
    positions: tuple[Position, ...] = field(repr=False)
    matviews: tuple[tuple[str, str], ...] = field(repr=False)
    # The statements that create every object, and the ledgers of the rows with their keys.
    schema: Stored
    ledgers: Stored
    # The proof of the newest of these refreshes; earlier versions named none.
    proof: ProofId | None = None
    # None if there are none.
    large_objects: KeptLargeObjects | None = None

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(table.rows for table in self.tables)

    @property
    def is_encrypted(self) -> bool:
        """Whether a key is needed to read it."""
        return self.schema.name.endswith(AGE)

    @property
    def bytes(self) -> int:
        """How much all objects take in the store."""
        files = (file for table in self.tables for file in table.files)
        kept = self.large_objects
        large = (kept.described, kept.contents) if kept else ()
        return sum(each.bytes for each in (*files, self.schema, self.ledgers, *large))


def manifest_of(baseline: Baseline) -> bytes:
    """The manifest's file, with a digest of what it says."""
    content = asdict(baseline) | {"at": baseline.at.isoformat()}
    if baseline.large_objects is None:
        # Earlier versions do not know the word.
        del content["large_objects"]
    document = {"format": FORMAT, "sha256": _digest(content), "baseline": content}
    return json.dumps(document, indent=1).encode()


def read_manifest(octets: bytes, name: str) -> Baseline:
    """The baseline that a manifest describes; refuses one that was changed."""
    try:
        document = json.loads(octets)
        content = document["baseline"]
        if document["format"] != FORMAT:
            _refuse(name, f"its format is {document['format']}, this version reads {FORMAT}")
        if document["sha256"] != _digest(content):
            _refuse(name, "its bytes are not those that were written")
        return _baseline(content)
    except (ValueError, KeyError, TypeError):
        _refuse(name, "its bytes are not those that were written")


def _baseline(content: Mapping[str, Any]) -> Baseline:
    tables = tuple(
        KeptTable(
            schema=table["schema"],
            relation=table["relation"],
            rows=int(table["rows"]),
            fields=tuple(Field(**each) for each in table["fields"]),
            files=tuple(Stored(**file) for file in table["files"]),
        )
        for table in content["tables"]
    )
    made: dict[str, Any] = {
        "at": datetime.fromisoformat(content["at"]),
        "refreshes": tuple(content["refreshes"]),
        "tables": tables,
        "positions": tuple(Position(**each) for each in content["positions"]),
        "matviews": tuple((schema, name) for schema, name in content["matviews"]),
        "schema": Stored(**content["schema"]),
        "ledgers": Stored(**content["ledgers"]),
        "proof": proof_id_from(content.get("proof")),
    }
    if large := content.get("large_objects"):
        made["large_objects"] = KeptLargeObjects(
            **{word: Stored(**large[word]) for word in ("described", "contents")}
        )
    return Baseline(**{**content, **made})


def _digest(content: object) -> str:
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _refuse(name: str, why: str) -> NoReturn:
    raise CopyError(
        f"Reading the manifest of the baseline {name}",
        why,
        "Use another baseline: privaci baseline list.",
        DOCS,
    )
