"""Permutations of numbers by a key: small ones, large ones, rows of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from privaci_core.masks.keyed.permute import LARGEST_TABLE, SLICE, permutation, permute_limbs
from privaci_core.masks.keyed.siphash import siphash

pytestmark = pytest.mark.unit

KEY = bytes(range(32))


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """A vector of words."""
    return np.array(values, np.uint64)


def test_siphash_of_the_reference() -> None:
    """The vectors of its authors for inputs of 8 and 16 bytes, under the key 00 01 .. 0f."""
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    words = [int.from_bytes(bytes(range(start, start + 8)), "little") for start in (0, 8)]
    with np.errstate(over="ignore"):
        found = [int(siphash(key, [numbers(word) for word in words[:n]])[0]) for n in (1, 2)]
    assert found == [0x93F5F5799A932462, 0x3F2ACC7F57C29BDB]


def test_siphash_of_a_long_row() -> None:
    """The length counts modulo 256 bytes; the expected value is OpenSSL's."""
    octets = bytes(place % 251 for place in range(33 * 8))
    words = [numbers(word) for word in np.frombuffer(octets, "<u8").tolist()]
    with np.errstate(over="ignore"):
        (found,) = siphash((0x0706050403020100, 0x0F0E0D0C0B0A0908), words)
    assert int(found) == int.from_bytes(bytes.fromhex("2489EE2CE48DC2B1"), "little")


@pytest.mark.parametrize("size", [2, 3, 10, 256, LARGEST_TABLE, LARGEST_TABLE + 1, 100_003])
def test_a_permutation_leaves_no_number(size: int) -> None:
    """Every number once, none to itself, in a table or a network."""
    found = permutation(KEY, size)(np.arange(size, dtype=np.uint64))
    assert np.array_equal(np.sort(found), np.arange(size))
    assert not (found == np.arange(size)).any()
    other = permutation(KEY[::-1], size)(np.arange(size, dtype=np.uint64))
    assert size == 2 or not np.array_equal(found, other)


@pytest.mark.parametrize("size", [2**20, 10**12, 2**63 - 1, 2**63])
def test_a_large_permutation_stays_below_its_size(size: int) -> None:
    """At both ends and between, whatever stands beside a number in the vector."""
    asked = numbers(0, 1, size // 2, size - 2, size - 1)
    found = permutation(KEY, size)(asked)
    assert (found < size).all()
    assert not (found == asked).any()
    assert len(set(found.tolist())) == len(asked)
    alone = [int(permutation(KEY, size)(asked[n : n + 1])[0]) for n in range(5)]
    assert found.tolist() == alone


def test_a_permutation_of_a_long_vector() -> None:
    """Slices end where the next begins; an empty vector stays empty."""
    permute = permutation(KEY, 10**9)
    asked = np.arange(SLICE + 3, dtype=np.uint64)
    found = permute(asked)
    assert len(set(found.tolist())) == SLICE + 3
    assert found[SLICE] == permute(asked[SLICE:])[0]
    assert len(permute(asked[:0])) == 0


def test_rows_of_numbers_are_permuted() -> None:
    """Injective over all rows, none to itself, each number below its modulus."""
    left, right = (5, 3), (4,)
    rows = np.array([(a, b, c) for a in range(5) for b in range(3) for c in range(4)], np.uint64)
    limbs = permute_limbs(KEY, left, right)([rows[:, place] for place in range(3)])
    found = {tuple(int(limb[n]) for limb in limbs) for n in range(len(rows))}
    assert found == {tuple(row) for row in rows.tolist()}
    moved = [tuple(int(limb[n]) for limb in limbs) for n in range(len(rows))]
    assert all(after != tuple(before) for after, before in zip(moved, rows.tolist(), strict=True))


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (5, [1, 2, 4, 3]),
        (65536, [11832, 15304, 43192, 17157]),
        (65537, [24421, 21497, 28751, 44591]),
        (2**20, [363903, 1024248, 193567, 5945]),
        (10**12, [185303051254, 381174107636, 683500376707, 204768983039]),
        (
            2**63,
            [6278907554890195419, 2107236200484313704, 8000115652083409599, 8117286273185219854],
        ),
    ],
)
def test_a_permutation_is_the_same_in_every_release(size: int, found: list[int]) -> None:
    """Recorded: of a table, of the largest one, and of networks of every size."""
    assert permutation(KEY, size)(numbers(0, 1, size // 2, size - 1)).tolist() == found


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ((5, 3), (4, 2), [[0, 3, 0], [0, 0, 0], [3, 2, 1], [1, 1, 0]]),
        ((5, 3), (4,), [[2, 3, 0], [0, 0, 2], [1, 3, 1]]),
    ],
)
def test_rows_are_the_same_in_every_release(
    left: tuple[int, ...], right: tuple[int, ...], found: list[list[int]]
) -> None:
    """Recorded: of lists of several numbers on one side, and on both."""
    rows = numbers(*(0, 0, 0, 0), *(4, 2, 3, 1), *(1, 1, 1, 1)).reshape(3, 4)
    limbs = [rows[:, place] for place in range(len(left) + len(right))]
    assert [limb.tolist() for limb in permute_limbs(KEY, left, right)(limbs)] == found
