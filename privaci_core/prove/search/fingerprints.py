"""Makes the table of fingerprints: under random keys, in bounded memory, with everyday words."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Protocol

import polars as pl

from privaci_core.compiled import library, search
from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.pools import LOCALES, pool
from privaci_core.prove.search.forms import Mark
from privaci_core.prove.search.slow_search import SlowFingerprints, SlowTally, SlowTypes
from privaci_core.prove.search.words import fold_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from privaci_core.catalog.catalog import Catalog

    Numbers = npt.NDArray[np.int64]

# Twelve bytes each, while the table grows half as much again, and the filter: about 330 MB.
MOST_FINGERPRINTS = 1 << 24
EVERYDAY_POOLS = ("everyday", "job_title", "country")
# What no kind of thing is called.
SEVERAL_WORDS = re.compile(r"[\s@]")
NAME_POOLS = ("first_name", "last_name", "city", "street", "company")


class Index(Protocol):
    """The originals of masked columns, compiled or not."""

    def mark_words(self, texts: pa.LargeStringArray, mark: int) -> None:
        """Mark the words of some texts."""

    def add(
        self, column: int, values: pa.LargeStringArray, likeness: npt.NDArray[np.uint8]
    ) -> None:
        """Take the originals of one column."""

    def numbers(self) -> tuple[Numbers, list[list[int]], int]:
        """By column how many numbers of each length, and a sample; how many found no room."""

    def seal(self, counted_up: npt.NDArray[np.uint8]) -> list[int]:
        """Make ready for the search."""

    def search_text(self, text: bytes, tally: Any, what: int) -> None:
        """Search a text that is no row."""

    def search_rows(
        self,
        types: Any,
        columns: npt.NDArray[np.void],
        rows: tuple[bytes | bytearray | memoryview, Numbers],
        tally: Any,
        *,
        text: bool,
    ) -> None:
        """Search COPY rows."""


class Tally(Protocol):
    """What was found in each column of a table, by the masked column that it came from."""

    found: npt.NDArray[np.uint32]
    numbers: npt.NDArray[np.uint32]
    lengths: Numbers

    @property
    def hits(self) -> int:
        """How often anything was found."""

    def add(self, other: Any) -> None:
        """Add what was found in other rows of the same table."""


def made(columns: int, catalog: Catalog) -> Index:
    """An empty table for the originals of so many columns."""
    kind = search.Fingerprints if library.LOADED else SlowFingerprints
    index = kind(fold_table(), columns, MOST_FINGERPRINTS)
    index.mark_words(_texts(_everyday(catalog)), Mark.EVERYDAY)
    index.mark_words(_texts(_of_pools(NAME_POOLS)), Mark.NAME_OF_FAKES)
    return index


def tally_of(width: int, columns: int) -> Tally:
    """An empty tally for a table of so many columns, and so many masked columns."""
    kind = search.Tally if library.LOADED else SlowTally
    return kind(width, columns)


def types_of(types: Sequence[tuple[int, int, int]]) -> Any:
    """How the values of each type are written."""
    return (search.Types if library.LOADED else SlowTypes)(types)


def _everyday(catalog: Catalog) -> Iterable[str]:
    """Common words of the languages of our fakes, and what the schema itself is called.

    A schema may be called as a client is, a partition as its value, and a label as a person.
    """
    yield from _of_pools(EVERYDAY_POOLS)
    names = list(chain.from_iterable(catalog.enums.values()))
    for relation in catalog.relations:
        if relation.partition_of is None:
            names += [
                relation.name,
                *(column.name for column in catalog.columns.get(relation.oid, ())),
            ]
    yield from (name for name in names if not SEVERAL_WORDS.search(name))


def _of_pools(kinds: Sequence[str]) -> Iterable[str]:
    for locale in LOCALES:
        for kind in kinds:
            yield from pool(kind, locale)


def _texts(values: Iterable[str]) -> pa.LargeStringArray:
    return large_text(pl.Series(list(values), dtype=pl.String))
