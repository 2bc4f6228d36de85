"""FF1 against the samples of NIST, and what it must keep."""

from __future__ import annotations

import numpy as np
import pytest

from privaci_core.masks.keyed.ff1 import FF1, holds

pytestmark = pytest.mark.unit

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
KEYS = {
    128: "2B7E151628AED2A6ABF7158809CF4F3C",
    192: "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F",
    256: "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94",
}
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


def test_what_the_standard_allows() -> None:
    """A million values at least, and halves that fit."""
    assert [holds(10, count) for count in (5, 6, 32, 34)] == [False, True, True, False]
