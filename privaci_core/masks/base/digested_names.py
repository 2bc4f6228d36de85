"""Keeps names of people as digests: a text can be searched for them, and no name can be read."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

# Eight bytes: two of ten million names are alike once in hundreds of thousands of databases.
DIGEST_BYTES = 8
# How many characters of a name say which lengths may follow: few enough that there are few of them.
START = 3
# Digests that wait to be sorted among the others; sorted with each block they would be too slow.
WAITING = 1 << 18


@dataclass(frozen=True, slots=True)
class DigestedNames:
    """The sorted digests of names, and how long those are that begin alike, the longest first."""

    digests: bytes = field(default=b"", repr=False)
    lengths: tuple[tuple[str, tuple[int, ...]], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self.digests) // DIGEST_BYTES


NO_NAMES = DigestedNames()


def digest_of(name: str) -> int:
    """The digest of a name, or of what may be one."""
    return int.from_bytes(blake2b(name.encode(), digest_size=DIGEST_BYTES).digest(), sys.byteorder)


class Digesting:
    """Gathers names; what it holds grows with the names that differ, eight bytes for each."""

    def __init__(self) -> None:
        """No name yet."""
        self._sorted = np.empty(0, np.uint64)
        self._waiting: list[int] = []
        self._lengths: dict[str, set[int]] = {}

    def add(self, names: Iterable[str]) -> None:
        """Add names, of which some may be there."""
        for name in names:
            self._waiting.append(digest_of(name))
            self._lengths.setdefault(name[:START], set()).add(len(name))
        if len(self._waiting) > WAITING:
            self._sort()

    def __len__(self) -> int:
        """How many names differ, of those that were sorted."""
        return len(self._sorted)

    def digested(self) -> DigestedNames:
        """All names that were added."""
        self._sort()
        lengths = ((start, sorted(of, reverse=True)) for start, of in sorted(self._lengths.items()))
        return DigestedNames(
            self._sorted.tobytes(), tuple((start, tuple(each)) for start, each in lengths)
        )

    def _sort(self) -> None:
        self._sorted = np.union1d(self._sorted, np.array(self._waiting, np.uint64))
        self._waiting.clear()
