"""Calls the compiled loops between bytes and their hexadecimal digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from privaci_core.compiled.library import AT, COUNT, WORD, at, called, declare
from privaci_core.compiled.texts import binary_buffers, bytes_of_texts, text_buffers, texts_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Letters = npt.NDArray[np.uint8]
    U64 = npt.NDArray[np.uint64]

declare(
    {
        "write_octets": (COUNT, (AT, AT, COUNT, AT, COUNT, COUNT, WORD, AT, AT)),
        "read_octets": (COUNT, (AT, AT, COUNT, AT, COUNT, COUNT, AT, AT)),
        "spell_numbers": (None, (AT, COUNT, COUNT, AT, WORD, COUNT, AT)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How a type prints its bytes: what stands before all digits, and the signs between some."""

    prefix: bytes = b""
    sign: str = ""
    # The bytes before which a sign stands.
    places: Sequence[int] = ()

    @property
    def letter(self) -> int:
        """The sign as the loops take it; no text holds a zero."""
        return ord(self.sign or "\0")


def octet_texts(values: pa.BinaryArray, spelling: Spelling) -> pa.LargeStringArray:
    """Bytes as text; none is NULL."""
    count, around = len(values), len(spelling.prefix) + len(spelling.places)
    edges = np.frombuffer(values.buffers()[1], np.int32)[values.offset :] if count else [0]
    out = np.empty(2 * int(edges[count] - edges[0]) + around * count, np.uint8)
    offsets = np.empty(count + 1, np.int64)
    signs = sum(1 << place for place in spelling.places)
    size = called().write_octets(
        *binary_buffers(values),
        count,
        spelling.prefix,
        len(spelling.prefix),
        spelling.letter,
        signs,
        *at(out, offsets),
    )
    return texts_from(offsets, out[:size])


def octets_of(texts: pa.LargeStringArray, spelling: Spelling) -> pa.BinaryArray | None:
    """The bytes of texts, none of them NULL; None if one is written in another way."""
    out = np.empty(len(bytes_of_texts(texts)) // 2, np.uint8)
    offsets = np.empty(len(texts) + 1, np.int32)
    broken = called().read_octets(
        *text_buffers(texts),
        len(texts),
        spelling.prefix,
        len(spelling.prefix),
        spelling.letter,
        *at(out, offsets),
    )
    if broken >= 0:
        return None
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.binary(), len(texts), buffers)


def spelled(words: U64, word: int, alphabet: bytes, letters: int) -> Letters:
    """One number of each row as so many letters of an alphabet, the lowest first."""
    rows, stride = words.shape
    out = np.empty((rows, letters), np.uint8)
    (numbers,) = at(np.ascontiguousarray(words))
    first = numbers + word * words.itemsize
    called().spell_numbers(first, stride, rows, alphabet, len(alphabet), letters, *at(out))
    return out
