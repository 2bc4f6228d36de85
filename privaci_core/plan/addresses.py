"""Holds the addresses of some rows of a table (block and line of each) in a compressed bitmap."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from psycopg import sql
from pyroaring import BitMap64

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    U64 = npt.NDArray[np.uint64]

# A page of 32 KiB, the largest that Postgres builds, has at most 1,170 lines.
LINE_BITS = 11
LINES = 1 << LINE_BITS
# One statement names at most so many rows: 12 MB of SQL.
MOST_NAMED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Rows of one table in the order of their places on disk; they hold within one snapshot."""

    # The block's number, shifted by LINE_BITS, and the line in it.
    numbers: BitMap64 = field(repr=False)

    def __len__(self) -> int:
        """How many rows these are."""
        return len(self.numbers)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Block and line of each row."""
        return (divmod(number, LINES) for number in self.numbers)

    def digest(self) -> str:
        """A fingerprint of the addresses, which differs for other rows."""
        found = hashlib.sha256()
        for part in self.parts():
            found.update(as_array(part.numbers).tobytes())
        return found.hexdigest()[:32]

    def between(self, first: int, end: int | None) -> Addresses:
        """The rows in the blocks from the first up to the end."""
        last = self.numbers.max() + 1 if end is None and self.numbers else (end or 0) << LINE_BITS
        return Addresses(numbers=self.numbers & BitMap64(range(first << LINE_BITS, last)))

    def within(self, others: Addresses) -> Addresses:
        """Those that are also among others."""
        return Addresses(numbers=self.numbers & others.numbers)

    def parts(self, most: int = MOST_NAMED) -> Iterator[Addresses]:
        """The rows in parts of at most so many, in order; none has no part."""
        for start in range(0, len(self), most):
            yield Addresses(numbers=self.numbers[start : start + most])

    @property
    def condition(self) -> sql.Composed:
        """True for these rows of a table; the server fetches each by its address."""
        return self.condition_on(sql.SQL("ctid"))

    def condition_on(self, column: sql.Composable) -> sql.Composed:
        """True where this column is the address of one of these rows."""
        return sql.SQL("{} = ANY ({}::pg_catalog.tid[])").format(column, sql.Literal(self._text()))

    def _text(self) -> str:
        """The addresses as Postgres reads an array of them."""
        numbers = as_array(self.numbers)
        parts = pl.DataFrame({"block": numbers >> LINE_BITS, "line": numbers & (LINES - 1)})
        texts = parts.select(pl.format('"({},{})"', "block", "line")).to_series()
        return "{" + ",".join(texts.to_list()) + "}"


def as_array(numbers: BitMap64) -> U64:
    """The numbers of a bitmap, in their order."""
    return np.frombuffer(numbers.to_array(), np.uint64)
