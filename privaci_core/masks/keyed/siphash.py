"""Hashes vectors of numbers with SipHash-2-4, the keyed function inside the permutations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.compiled.loops import U64

INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
ROTATIONS = (13, 16, 21, 17, 32)
STRETCH = 4
State = list[Any]


def siphash(key: tuple[int, int], words: Sequence[U64]) -> U64:
    """The hash of each row of 64-bit words; at least one is a vector, others may be numbers."""
    state: State = [np.uint64(start ^ part) for start, part in zip(INITIAL, key * 2, strict=True)]
    length = np.uint64((8 * len(words) % 256) << 56)
    for word in (*words, length):
        state[3] = state[3] ^ word
        state = _round(_round(state))
        state[0] = state[0] ^ word
    state[2] = state[2] ^ np.uint64(0xFF)
    for _ in range(STRETCH):
        state = _round(state)
    mixed: U64 = state[0] ^ state[1] ^ state[2] ^ state[3]
    return mixed


def _round(state: State) -> State:
    a, b, c, d = state
    r13, r16, r21, r17, r32 = ROTATIONS
    a = a + b
    b = _left(b, r13) ^ a
    a = _left(a, r32)
    c = c + d
    d = _left(d, r16) ^ c
    a = a + d
    d = _left(d, r21) ^ a
    c = c + b
    b = _left(b, r17) ^ c
    return [a, b, _left(c, r32), d]


def _left(word: U64, bits: int) -> U64:
    return word << np.uint64(bits) | word >> np.uint64(64 - bits)
