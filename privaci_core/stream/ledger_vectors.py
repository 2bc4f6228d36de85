"""Adds rows to a ledger by vector arithmetic, where no loops were compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from privaci_core.stream import binary_rows, text_rows
from privaci_core.stream.binary_rows import FIELD_LENGTH, NULL_LENGTH, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from privaci_core.compiled.ledgers import Words
    from privaci_core.stream.binary_rows import Buffer

    Longs = npt.NDArray[np.int64]

SHORT, WORD, HALF = 16, 8, 4
LOW, SHIFT = np.uint64(0xFFFF_FFFF), np.uint64(32)
NOTHING = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
# So that a word can be read at every byte of a value.
ROOM = bytes(SHORT)


class VectorSums:
    """Keyed sums of the rows that it was given; `forms` is 1 for a column of XML."""

    def __init__(self, key: Words, seeds: Words, forms: npt.NDArray[np.uint8]) -> None:
        self._key, self._seeds, self._forms = key, seeds, forms
        self.sums = np.zeros(len(seeds), np.uint64)
        self.nulls = [0] * len(seeds)
        self.rows, self.whole = 0, 0

    def add_binary(self, rows: Buffer) -> None:
        """Add whole rows of COPY binary, without the stream's header and trailer."""
        lengths = _row_lengths(rows, len(self._seeds))
        block = binary_rows.split(Rows(rows, lengths), len(self._seeds))
        self._add(block.columns, len(lengths), b"\n")

    def add_text(self, rows: Buffer) -> None:
        """Add whole rows of COPY text."""
        ends = np.flatnonzero(np.frombuffer(rows, np.uint8) == text_rows.NEWLINE) + 1
        lengths = np.diff(ends, prepend=0)
        columns = text_rows.escaped_fields(Rows(rows, lengths), len(self._seeds))
        self._add(columns, len(lengths), b"\\n")

    def add_long_row(self, fields: Sequence[Buffer | None], tail: Buffer) -> None:
        """Add a row of COPY binary whose first values lie outside it."""
        rest = memoryview(tail)
        row = [*fields]
        while rest:
            (length,) = FIELD_LENGTH.unpack_from(rest)
            begin = FIELD_LENGTH.size
            row.append(None if length == NULL_LENGTH else rest[begin : begin + length])
            rest = rest[begin + max(length, 0) :]
        columns = [pa.array([field], pa.large_binary()) for field in row]
        self._add(columns, 1, b"\n")

    def _add(self, columns: Sequence[pa.Array], rows: int, line_break: bytes) -> None:
        total = np.zeros(rows, np.uint64)
        for number, column in enumerate(columns):
            hashes = self._hashes(number, column, line_break)
            self.nulls[number] += column.null_count
            # An array wraps around in silence, as it should; a number warns.
            self.sums[number : number + 1] += hashes.sum(dtype=np.uint64)
            total += hashes
        first, second, third = self._key
        whole = mixed(mixed(total ^ first, second) ^ total, third).sum(dtype=np.uint64)
        self.whole = (self.whole + int(whole)) % (1 << 64)
        self.rows += rows

    def _hashes(self, number: int, column: pa.Array, line_break: bytes) -> Words:
        """The hash of each value; that of NULL where there is none."""
        data, starts, lengths = _places(column)
        if self._forms[number]:
            starts, lengths = _without_breaks(data, starts, lengths, line_break)
        found = hashes_of(self._key, self._seeds[number], data, starts, lengths)
        missing = ~column.is_valid().to_numpy(zero_copy_only=False)
        null = _closed(self._key, self._seeds[number], np.uint64(0), np.uint64(0), NOTHING)
        return np.where(missing, null, found)


def hashes_of(
    key: Words, seed: np.uint64, data: npt.NDArray[np.uint8], starts: Longs, lengths: Longs
) -> Words:
    """The keyed hash of each value, as docs/reference/ledger.md defines it."""
    words, halves = _view(data, np.dtype("<u8")), _view(data, np.dtype("<u4"))
    state = np.full(len(starts), seed, np.uint64)
    # Sixteen bytes of every longer value at a time, but for the last sixteen.
    at, left = starts.copy(), np.flatnonzero(lengths > SHORT)
    while len(left):
        here = at[left]
        state[left] = mixed(words[here] ^ key[0], words[here + WORD] ^ state[left])
        at[left] += SHORT
        left = left[at[left] + SHORT < starts[left] + lengths[left]]
    last = np.where(lengths > SHORT, starts + lengths - SHORT, starts)
    ends = starts + lengths
    tiny = (
        data[starts].astype(np.uint64) << np.uint64(16)
        | data[starts + (lengths >> 1)].astype(np.uint64) << np.uint64(8)
        | data[np.maximum(ends - 1, 0)].astype(np.uint64)
    )
    sizes = [lengths >= WORD, lengths >= HALF, lengths > 0]
    first = np.select(sizes, [words[last], halves[last].astype(np.uint64), tiny], np.uint64(0))
    second = np.select(
        sizes[:2],
        [words[np.maximum(ends - WORD, 0)], halves[np.maximum(ends - HALF, 0)].astype(np.uint64)],
        np.uint64(0),
    )
    return _closed(key, state, first, second, lengths.astype(np.uint64))


def mixed(a: Words | np.uint64, b: Words | np.uint64) -> Words:
    """The two halves of the product of 128 bits, one XOR the other."""
    a, b = np.atleast_1d(np.asarray(a, np.uint64)), np.atleast_1d(np.asarray(b, np.uint64))
    a_low, a_high, b_low, b_high = a & LOW, a >> SHIFT, b & LOW, b >> SHIFT
    low, middle, other = a_low * b_low, a_high * b_low, a_low * b_high
    carried = (low >> SHIFT) + (middle & LOW) + (other & LOW)
    high = a_high * b_high + (middle >> SHIFT) + (other >> SHIFT) + (carried >> SHIFT)
    found: Words = high ^ (low & LOW | carried << SHIFT)
    return found


def _closed(
    key: Words,
    state: Words | np.uint64,
    first: Words | np.uint64,
    second: Words | np.uint64,
    length: Words | np.uint64,
) -> Words:
    return mixed(mixed(first ^ key[0], second ^ state) ^ key[1], length ^ key[2])


def _row_lengths(rows: Buffer, columns: int) -> Longs:
    """The lengths of rows that lie end to end."""
    view, lengths, at = memoryview(rows), list[int](), 0
    while at < len(view):
        begin = at
        at += 2
        for _ in range(columns):
            (length,) = FIELD_LENGTH.unpack_from(view, at)
            at += FIELD_LENGTH.size + max(length, 0)
        lengths.append(at - begin)
    return np.array(lengths, np.int64)


def _places(column: pa.Array) -> tuple[npt.NDArray[np.uint8], Longs, Longs]:
    """The bytes of a vector, with room behind them, and where each value begins and how long."""
    large = column.cast(pa.large_binary())
    _, offsets, data = large.buffers()
    edges = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    held = np.frombuffer((bytes(data) if data else b"") + ROOM, np.uint8)
    return held, edges[:-1].copy(), np.diff(edges)


def _without_breaks(
    data: npt.NDArray[np.uint8], starts: Longs, lengths: Longs, line_break: bytes
) -> tuple[Longs, Longs]:
    held, skipped = data.tobytes(), np.zeros(len(starts), np.int64)
    for place, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        value = held[start : start + length]
        while value.startswith(line_break, int(skipped[place])):
            skipped[place] += len(line_break)
    return starts + skipped, lengths - skipped


def _view(data: npt.NDArray[np.uint8], kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """A view that reads a word at every byte."""
    count = len(data) - kind.itemsize + 1
    return np.ndarray((count,), kind, buffer=data, strides=(1,))
