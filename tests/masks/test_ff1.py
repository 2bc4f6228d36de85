"""FF1 against the samples of NIST, and what it must keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from privaci_core.masks.keyed.ff1 import FF1, holds

pytestmark = pytest.mark.unit

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
KEYS = {
    128: "2B7E151628AED2A6ABF7158809CF4F3C",
    192: "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F",
    256: "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94",
}
KEY = bytes(range(32))
DECIMAL, NINES, ELEVEN = "", "39383736353433323130", "3737373770717273373737"


@pytest.mark.parametrize(
    ("bits", "radix", "tweak", "plain", "cipher"),
    [
        (128, 10, DECIMAL, "0123456789", "2433477484"),
        (128, 10, NINES, "0123456789", "6124200773"),
        (128, 36, ELEVEN, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
        (192, 10, DECIMAL, "0123456789", "2830668132"),
        (192, 10, NINES, "0123456789", "2496655549"),
        (192, 36, ELEVEN, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
        (256, 10, DECIMAL, "0123456789", "6657667009"),
        (256, 10, NINES, "0123456789", "1001623463"),
        (256, 36, ELEVEN, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
    ],
)
def test_the_samples_of_the_standard(
    bits: int, radix: int, tweak: str, plain: str, cipher: str
) -> None:
    """All nine, and the way back."""
    ff1 = FF1.of(bytes.fromhex(KEYS[bits]), radix, len(plain), bytes.fromhex(tweak))
    half = len(plain) // 2
    halves = [np.array([int(part, radix)], np.uint64) for part in (plain[:half], plain[half:])]
    found = ff1.encrypt(halves[0], halves[1])
    assert (
        _digits(int(found[0][0]), radix, half) + _digits(int(found[1][0]), radix, len(plain) - half)
        == cipher
    )
    assert [int(number[0]) for number in ff1.decrypt(*found)] == [
        int(number[0]) for number in halves
    ]


def _digits(number: int, radix: int, width: int) -> str:
    figures = []
    for _ in range(width):
        number, figure = divmod(number, radix)
        figures.append(LETTERS[figure])
    return "".join(reversed(figures))


def test_the_largest_halves_come_back() -> None:
    """Where a half fills seven bytes, nothing overflows."""
    ff1 = FF1.of(bytes(32), 10, 32)
    top = np.array([10**16 - 1, 0, 10**15], np.uint64)
    there = ff1.encrypt(top, top[::-1])
    assert all(int(number.max()) < 10**16 for number in there)
    back = ff1.decrypt(*there)
    assert (back[0] == top).all()
    assert (back[1] == top[::-1]).all()


def by_the_standard(
    key: bytes, radix: int, count: int, tweak: bytes, left: int, right: int
) -> tuple[int, int]:
    """Both halves of one value, enciphered in plain integers as SP 800-38G writes FF1 down."""
    sizes = radix ** (count // 2), radix ** (count - count // 2)
    width = math.ceil(math.ceil((count - count // 2) * math.log2(radix)) / 8)
    taken = 4 * math.ceil(width / 4) + 4
    first = b"\1\2\1" + radix.to_bytes(3, "big") + bytes([10, count // 2 % 256])
    first += count.to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
    for turn in range(10):
        zeros = bytes((-len(tweak) - width - 1) % 16)
        second = tweak + zeros + bytes([turn]) + right.to_bytes(width, "big")
        cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
        number = int.from_bytes(cipher.update(first + second)[-16:][:taken], "big")
        left, right = right, (left + number) % sizes[turn % 2]
    return left, right


@pytest.mark.parametrize(
    ("radix", "count"),
    [
        # Halves of one byte to seven, and both sides of each border between two widths.
        *((10, count) for count in (6, 7, 9, 10, 14, 15, 18, 19, 20, 22, 28, 29, 31, 32)),
        *((16, count) for count in (5, 8, 9, 12, 16, 17, 20, 24, 28)),
        *((2, count) for count in (20, 64, 65, 66, 112)),
        # A half that is one more than a power of two; one whose remainders need 49 bits.
        *((65537, 2), (11, 28), (62, 16), (1000, 2)),
    ],
)
def test_it_is_the_standard_for_every_width_of_a_half(radix: int, count: int) -> None:
    """The number of bytes of a half decides about padding and remainder."""
    sizes = radix ** (count // 2), radix ** (count - count // 2)
    values = [(0, 0), (sizes[0] - 1, sizes[1] - 1), (0, sizes[1] - 1), (sizes[0] // 3, 1)]
    values += [(number % sizes[0], 7**number % sizes[1]) for number in range(20)]
    ff1 = FF1.of(KEY, radix, count)
    left, right = (np.array(part, np.uint64) for part in zip(*values, strict=True))
    there = ff1.encrypt(left, right)
    found = list(zip(*(half.tolist() for half in there), strict=True))
    assert found == [by_the_standard(KEY, radix, count, b"", *value) for value in values]
    back = ff1.decrypt(*there)
    assert list(zip(*(half.tolist() for half in back), strict=True)) == values


@pytest.mark.parametrize("length", range(34))
@pytest.mark.parametrize("count", [6, 32])
def test_it_is_the_standard_for_every_length_of_a_tweak(count: int, length: int) -> None:
    """Tweak, padding and half fill one block, or begin the next one."""
    tweak = bytes(range(1, length + 1))
    ff1 = FF1.of(KEY, 10, count, tweak)
    found = ff1.encrypt(np.array([123], np.uint64), np.array([45], np.uint64))
    assert tuple(int(half[0]) for half in found) == by_the_standard(KEY, 10, count, tweak, 123, 45)


def test_no_key_is_shown() -> None:
    """Neither the key nor the chain that stands for it is in what a traceback prints."""
    ff1 = FF1.of(KEY, 10, 6)
    assert "key" not in repr(ff1)
    assert "state" not in repr(ff1)


def test_what_ff1_takes() -> None:
    """A domain of a million, and halves of at most 56 bits."""
    assert [holds(10, count) for count in (5, 6, 32, 33)] == [False, True, True, False]
    assert [holds(2, count) for count in (19, 20, 112, 113)] == [False, True, True, False]
    assert [holds(1000, count) for count in (1, 2)] == [False, True]
    assert not holds(999, 2)
