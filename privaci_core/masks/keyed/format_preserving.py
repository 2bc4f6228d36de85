"""Encrypts the letters of an alphabet in a text; its length and all other characters stay."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from privaci_core.masks.base.shape import HARDWARE, INTEGERS, Shape, Unbindable
from privaci_core.masks.keyed.ff1 import FF1, holds
from privaci_core.masks.keyed.numbers import key_numbers
from privaci_core.masks.keyed.permute import permutation, permute_limbs

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Mask

CodePoints = npt.NDArray[np.uint32]
Figures = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_]
OfLength = Callable[[int], Callable[[Figures], Figures]]

UNICODE = 0x110000
# A value without a letter of the alphabet is encrypted over the first of these it has a character
# of, so that no value stays as it is: printable ASCII, the characters beyond it, the rest but NUL.
REST = (((0x20, 0x7F),), ((0xA0, 0xD800),), ((0x01, 0x20), (0x7F, 0xA0), (0xE000, UNICODE)))
LARGEST = 2**63
HEX = "0123456789abcdef"
# Types whose text form is hexadecimal digits with separators.
HEXADECIMAL = frozenset({*HARDWARE, "uuid", "bytea"})


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Letters as figures: the number of each code point, and the code point of each number."""

    points: CodePoints
    figures: npt.NDArray[np.int32]

    @classmethod
    def of(cls, points: CodePoints) -> Alphabet:
        """An alphabet of code points in their order."""
        figures = np.full(UNICODE, -1, np.int32)
        figures[points] = np.arange(len(points), dtype=np.int32)
        return cls(points, figures)


def fpe(characters: str, shape: Shape, key: bytes) -> Mask:
    """The mask of `fpe` for a column; numbers are permuted as numbers, so none begins with zero."""
    if shape.type_name in INTEGERS or shape.type_name == "numeric":
        return key_numbers(shape, key)
    if shape.type_name in HEXADECIMAL:
        return encrypt(HEX, key)
    if not shape.is_text:
        raise Unbindable(
            f"a {shape.type_name} cannot be encrypted in its form", "Use hash, static or null."
        )
    both_cases = len(set(characters.lower())) < len(characters)
    if shape.unique and shape.type_name == "citext" and both_cases:
        raise Unbindable(
            "an alphabet of both cases does not stay unique in citext",
            "Use digits, lower or upper.",
        )
    if len(characters) == 2:  # noqa: PLR2004 - each letter would become the other under every salt
        raise Unbindable(
            "an alphabet of two letters gives a value with one of them 1 possible outcome",
            "Use an alphabet of more letters, or static or shuffle.",
        )
    return encrypt(characters, key)


def encrypt(characters: str, key: bytes) -> Mask:
    """Encrypt the letters of an alphabet in values, none NULL or empty; injective for any text."""

    @cache
    def bound(place: int) -> tuple[Alphabet, OfLength]:
        alphabet = _alphabet(characters, place)
        return alphabet, cache(partial(_of_length, key + bytes([place]), len(alphabet.points)))

    def encrypted(values: pl.Series) -> pl.Series:
        points = _points(values)
        ends = np.cumsum(values.str.len_chars().to_numpy().astype(np.int64))
        waiting, place = np.ones(len(values), bool), 0
        while waiting.any():
            waiting &= ~_encrypt_rows(points, ends, *bound(place), waiting)
            place += 1
        return _text(points, ends)

    return encrypted


def _encrypt_rows(
    points: CodePoints, ends: Ends, alphabet: Alphabet, permute: OfLength, rows: Rows
) -> Rows:
    """Encrypt, in place, the rows that have a letter of the alphabet, and return which had."""
    of_row = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    places = np.flatnonzero((alphabet.figures[points] >= 0) & rows[of_row])
    counts = np.bincount(of_row[places], minlength=len(ends))
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 0]):
        chosen = places[starts[counts == count][:, None] + np.arange(count)]
        figures = alphabet.figures[points[chosen]].astype(np.uint64)
        points[chosen] = alphabet.points[permute(int(count))(figures)]
    return counts > 0


def _of_length(key: bytes, radix: int, count: int) -> Callable[[Figures], Figures]:
    """The permutation of rows of so many figures."""
    own = key + count.to_bytes(8, "big")
    if holds(radix, count):
        cipher = FF1.of(hashlib.sha256(own).digest(), radix, count)
        return partial(_there_and_back, cipher, radix, count)
    if radix**count <= LARGEST:
        whole = permutation(own, radix**count)
        return lambda figures: _unpack(whole(_pack(figures, radix)), radix, count)
    return _limbs_of_length(own, radix, count)


def _limbs_of_length(key: bytes, radix: int, count: int) -> Callable[[Figures], Figures]:
    """The permutation of rows that no word holds, cut into numbers that one does."""
    halves = [_widths(half, radix) for half in (count // 2, count - count // 2)]
    permute = permute_limbs(key, *(tuple(radix**width for width in half) for half in halves))
    widths = (*halves[0], *halves[1])
    cuts = np.cumsum(widths)[:-1]

    def permuted(figures: Figures) -> Figures:
        limbs = permute([_pack(part, radix) for part in np.split(figures, cuts, axis=1)])
        parts = zip(limbs, widths, strict=True)
        return np.hstack([_unpack(limb, radix, width) for limb, width in parts])

    return permuted


def _there_and_back(cipher: FF1, radix: int, count: int, figures: Figures) -> Figures:
    """Encipher, add one, decipher: FF1 alone leaves about one value of every domain unchanged."""
    short = count // 2
    left, right = cipher.encrypt(_pack(figures[:, :short], radix), _pack(figures[:, short:], radix))
    left, right = cipher.decrypt(left, (right + np.uint64(1)) % np.uint64(cipher.moduli[1]))
    return np.hstack([_unpack(left, radix, short), _unpack(right, radix, count - short)])


def _widths(count: int, radix: int) -> list[int]:
    """How many figures each number takes, so that it fits a word."""
    most = 1
    while radix ** (most + 1) <= LARGEST:
        most += 1
    return [min(most, count - start) for start in range(0, count, most)]


def _pack(figures: Figures, radix: int) -> U64:
    number = np.zeros(len(figures), np.uint64)
    for column in figures.T:
        number = number * np.uint64(radix) + column
    return number


def _unpack(numbers: U64, radix: int, count: int) -> Figures:
    figures = np.empty((len(numbers), count), np.uint64)
    for place in reversed(range(count)):
        numbers, figures[:, place] = np.divmod(numbers, np.uint64(radix))
    return figures


def _alphabet(characters: str, place: int) -> Alphabet:
    """The given letters, or one of the three sets of characters that replace them."""
    given = np.array([ord(character) for character in characters], np.uint32)
    if place == 0:
        return Alphabet.of(given)
    rest = np.concatenate([np.arange(*bounds, dtype=np.uint32) for bounds in REST[place - 1]])
    # Each is there once and in its order: to find that out again takes half a second.
    return Alphabet.of(rest[np.isin(rest, given, invert=True)])


def _points(values: pl.Series) -> CodePoints:
    return np.frombuffer(bytearray(values.str.join("").item().encode("utf-32-le")), np.uint32)


def _text(points: CodePoints, ends: Ends) -> pl.Series:
    data = points.tobytes().decode("utf-32-le").encode()
    # UTF-8 takes one byte more from each of these code points on.
    widths = 1 + sum((points >= first).astype(np.int64) for first in (0x80, 0x800, 0x10000))
    offsets = np.concatenate([[0], np.cumsum(widths)])[np.concatenate([[0], ends])]
    return pl.Series(
        pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
    )
