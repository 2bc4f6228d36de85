"""Calls the compiled passes over JSON documents: one finds scalars, one writes others."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import bytes_of_texts, text_buffers, texts_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from privaci_core.compiled.loops import Letters, Positions

TEXT, WHOLE, REAL, TRUTH, NOTHING = range(5)
# An escape makes six bytes of one; quotes add two.
LONGEST_ESCAPE, QUOTES = 6, 2
# There is room for two scalars a document and one for so many bytes. A document with more is left
# to Python, like one with escapes in its keys.
FEWEST_SCALARS, BYTES_OF_A_SCALAR = 2, 3

declare(
    {
        "find_scalars": (COUNT, (AT, AT, COUNT, AT, AT, AT, AT)),
        "gather_texts": (None, (AT, AT, AT, COUNT, AT, AT)),
        "write_documents": (COUNT, (AT, AT, COUNT, AT, AT, AT, AT, AT, AT, AT, AT, AT)),
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """A point that steps into documents lead to.

    The number of the longest path up to it, or -1; the places of the points behind each name and
    each index that a path names; the place of the point behind all others.
    """

    path: int
    names: Mapping[str, int]
    indexes: Mapping[int, int]
    others: int


class _Paths(ctypes.Structure):
    _fields_ = tuple(
        (name, AT)
        for name in (
            "ends",
            "others",
            "first_name",
            "first_index",
            "names",
            "name_offsets",
            "name_targets",
            "indexes",
            "index_targets",
        )
    )


class _Scalars(ctypes.Structure):
    _fields_ = (
        *((name, AT) for name in ("starts", "ends", "paths", "kinds", "escaped")),
        ("count", COUNT),
        ("most", COUNT),
    )


class Paths:
    """All points as the arrays that the loop reads; the first point is the whole document."""

    def __init__(self, points: Sequence[Point]) -> None:
        names = [(name.encode(), to) for point in points for name, to in point.names.items()]
        indexes = [pair for point in points for pair in point.indexes.items()]
        self._arrays = (
            np.array([point.path for point in points], np.int32),
            np.array([point.others for point in points], np.int32),
            _sums([len(point.names) for point in points], np.int32),
            _sums([len(point.indexes) for point in points], np.int32),
            np.frombuffer(b"".join(name for name, _ in names) or b"\0", np.uint8),
            _sums([len(name) for name, _ in names], np.int64),
            np.array([to for _, to in names], np.int32),
            np.array([index for index, _ in indexes], np.int64),
            np.array([to for _, to in indexes], np.int32),
        )
        self.struct = _Paths(*at(*self._arrays))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalars:
    """The scalars of documents in their order, and the documents that are left to Python."""

    starts: Positions
    ends: Positions
    paths: npt.NDArray[np.int32]
    kinds: Letters
    is_escaped: npt.NDArray[np.bool_]
    upto: Positions
    is_left: npt.NDArray[np.bool_]


def find_scalars(documents: pa.LargeStringArray, paths: Paths) -> Scalars:
    """Every scalar that a path leads to."""
    count = len(documents)
    most = len(bytes_of_texts(documents)) // BYTES_OF_A_SCALAR + FEWEST_SCALARS * count
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    numbers = np.empty(most, np.int32)
    kinds, escaped = np.empty(most, np.uint8), np.empty(most, np.uint8)
    found = _Scalars(*at(starts, ends, numbers, kinds, escaped), 0, most)
    upto, is_left = np.empty(count, np.int64), np.empty(count, np.uint8)
    arguments = ctypes.byref(paths.struct), ctypes.byref(found), *at(upto, is_left)
    size = called().find_scalars(*text_buffers(documents), count, *arguments)
    return Scalars(
        starts=starts[:size],
        ends=ends[:size],
        paths=numbers[:size],
        kinds=kinds[:size],
        is_escaped=escaped[:size].view(bool),
        upto=upto,
        is_left=is_left.view(bool),
    )


def texts_at(
    documents: pa.LargeStringArray, starts: Positions, ends: Positions
) -> pa.LargeStringArray:
    """The texts from each start to its end."""
    starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)
    out = pa.allocate_buffer(int((ends - starts).sum()))
    offsets = np.empty(len(starts) + 1, np.int64)
    data, _ = text_buffers(documents)
    called().gather_texts(data, *at(starts, ends), len(starts), out.address, *at(offsets))
    return texts_from(offsets, out)


def write_documents(
    documents: pa.LargeStringArray,
    found: Scalars,
    texts: pa.LargeStringArray,
    where: Positions,
    is_quoted: npt.NDArray[np.bool_],
) -> pa.LargeStringArray:
    """Put the text at its place in `texts` where each scalar was; a scalar at -1 stays."""
    longest = (
        len(bytes_of_texts(documents))
        + LONGEST_ESCAPE * len(bytes_of_texts(texts))
        + QUOTES * len(where)
    )
    out, offsets = np.empty(longest, np.uint8), np.empty(len(documents) + 1, np.int64)
    size = called().write_documents(
        *text_buffers(documents),
        len(documents),
        *at(found.upto, found.starts, found.ends, where, is_quoted),
        *text_buffers(texts),
        *at(out, offsets),
    )
    return texts_from(offsets, out[:size].tobytes())


def _sums(counts: list[int], kind: type[np.int32 | np.int64]) -> npt.NDArray[np.int32 | np.int64]:
    return np.cumsum([0, *counts], dtype=kind)
