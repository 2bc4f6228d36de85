"""Keeps a ledger of a table's rows: keyed sums of what was sent, whatever the order of the rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from privaci_core.compiled import loops
from privaci_core.compiled.ledgers import CompiledSums
from privaci_core.stream.ledger_vectors import VectorSums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.compiled.ledgers import Words
    from privaci_core.plan.plan import WireFormat
    from privaci_core.stream.binary_rows import Buffer

KEY_BYTES = 32
WORDS, WORD_BYTES = 3, 8
MODULUS = 1 << 64
DIGITS = 16
# Person strings of BLAKE2b: no word of the key is another column's seed.
KEY_PERSON, SEED_PERSON = b"ledger key", b"ledger column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the rows of a stream are written: the columns in their order, and the form of COPY."""

    columns: tuple[str, ...]
    form: WireFormat
    # Columns whose leading line breaks Postgres drops when it prints them.
    xml: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLedger:
    """One column: the keyed sum of its values, its NULLs, and what masking changed or kept."""

    sum: int
    nulls: int
    changed: int = 0
    # How many values stayed as they were, by the reason why they may.
    stayed: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: ColumnLedger) -> ColumnLedger:
        return ColumnLedger(
            sum=(self.sum + other.sum) % MODULUS,
            nulls=self.nulls + other.nulls,
            changed=self.changed + other.changed,
            stayed=dict(Counter(self.stayed) + Counter(other.stayed)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a table holds, in sums alone; ledgers of its parts add up to the table's."""

    # The form of COPY whose bytes were summed.
    form: WireFormat = "binary"
    rows: int = 0
    # The sum over whole rows, so that no value can change its row unseen.
    whole: int = 0
    columns: Mapping[str, ColumnLedger] = field(default_factory=dict)

    def __add__(self, other: Ledger) -> Ledger:
        names = dict.fromkeys((*self.columns, *other.columns))
        nothing = ColumnLedger(sum=0, nulls=0)
        return Ledger(
            form=self.form if self.columns else other.form,
            rows=self.rows + other.rows,
            whole=(self.whole + other.whole) % MODULUS,
            columns={
                name: self.columns.get(name, nothing) + other.columns.get(name, nothing)
                for name in names
            },
        )

    def __sub__(self, other: Ledger) -> Ledger:
        """What is left of a ledger without some of its rows."""
        taken = {
            name: ColumnLedger(sum=-column.sum, nulls=-column.nulls)
            for name, column in other.columns.items()
        }
        return self + Ledger(form=self.form, rows=-other.rows, whole=-other.whole, columns=taken)

    def as_json(self) -> dict[str, Any]:
        """The ledger as a proof and an event hold it."""
        columns = {
            name: {
                "sum": _hex(column.sum),
                "nulls": column.nulls,
                "changed": column.changed,
                "stayed": dict(column.stayed),
            }
            for name, column in self.columns.items()
        }
        whole = _hex(self.whole)
        return {"form": self.form, "rows": self.rows, "whole": whole, "columns": columns}

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Ledger:
        """Read a ledger from a proof or an event."""
        columns = {
            name: ColumnLedger(
                sum=int(column["sum"], 16),
                nulls=int(column["nulls"]),
                changed=int(column["changed"]),
                stayed={reason: int(count) for reason, count in column["stayed"].items()},
            )
            for name, column in found["columns"].items()
        }
        return cls(
            form=found["form"],
            rows=int(found["rows"]),
            whole=int(found["whole"], 16),
            columns=columns,
        )


def by_table(parts: Iterable[tuple[str, Ledger]]) -> dict[str, Ledger]:
    """The ledgers of each table's parts, added up."""
    found: dict[str, Ledger] = {}
    for table, ledger in parts:
        found[table] = found.get(table, Ledger()) + ledger
    return found


class Sums:
    """Adds rows of one table under one key."""

    def __init__(self, layout: Layout, key: bytes) -> None:
        self._layout = layout
        seeds = np.array([_seed(key, name) for name in layout.columns], np.uint64)
        forms = np.array([name in layout.xml for name in layout.columns], np.uint8)
        kind = CompiledSums if loops.LOADED else VectorSums
        self._sums = kind(_words(key), seeds, forms)

    def add(self, rows: Buffer) -> None:
        """Add whole rows."""
        if self._layout.form == "text":
            self._sums.add_text(rows)
        else:
            self._sums.add_binary(rows)

    def add_long_row(self, fields: Sequence[Buffer | None], tail: Buffer) -> None:
        """Add one row of COPY binary whose leading values lie outside it."""
        self._sums.add_long_row(fields, tail)

    def ledger(self) -> Ledger:
        """The ledger of all rows so far."""
        sums = self._sums.sums.tolist()
        columns = zip(self._layout.columns, sums, self._sums.nulls, strict=True)
        return Ledger(
            form=self._layout.form,
            rows=self._sums.rows,
            whole=self._sums.whole,
            columns={name: ColumnLedger(sum=total, nulls=nulls) for name, total, nulls in columns},
        )


def _words(key: bytes) -> Words:
    """The key of the rows: three words."""
    digest = hashlib.blake2b(key=key, person=KEY_PERSON, digest_size=WORDS * WORD_BYTES).digest()
    return np.frombuffer(digest, "<u8").astype(np.uint64)


def _seed(key: bytes, name: str) -> int:
    """A column's word: equal values of two columns have other hashes."""
    digest = hashlib.blake2b(name.encode(), key=key, person=SEED_PERSON, digest_size=WORD_BYTES)
    return int.from_bytes(digest.digest(), "little")


def _hex(number: int) -> str:
    return f"{number:0{DIGITS}x}"
