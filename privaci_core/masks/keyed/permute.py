"""Permutes numbers by a key: every number becomes another, no two the same."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from privaci_core.compiled import loops
from privaci_core.compiled.loops import U64
from privaci_core.compiled.permuting import permute_numbers
from privaci_core.masks.keyed.ff1 import reduced
from privaci_core.masks.keyed.siphash import siphash

Permutation = Callable[[U64], U64]
Limbs = list[U64]

# As many as NIST's FF3; each number passes them twice, forward and backward.
ROUNDS = 8
# Permutations up to this size are tables, built once; larger ones are computed.
LARGEST_TABLE = 2**16
# Vectors of this length stay in the processor's cache through all rounds: half the time.
SLICE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A Feistel network over two lists of numbers, each number below a modulus of its own."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    keys: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, key: bytes, left: tuple[int, ...], right: tuple[int, ...]) -> Network:
        """A network with a key for every round and number."""
        keys = _round_keys(key, ROUNDS * (1 + max(len(left), len(right))))
        return cls(left=left, right=right, keys=keys)

    def forward(self, left: Limbs, right: Limbs) -> None:
        """Apply all rounds, in place."""
        for turn in range(ROUNDS):
            for changed, place, size, step in self._steps(turn, left, right):
                changed[place] = reduced(changed[place] + step, size)

    def backward(self, left: Limbs, right: Limbs) -> None:
        """Undo all rounds, in place."""
        for turn in reversed(range(ROUNDS)):
            for changed, place, size, step in self._steps(turn, left, right):
                changed[place] = reduced(changed[place] + (size - step), size)

    def _steps(
        self, turn: int, left: Limbs, right: Limbs
    ) -> Iterator[tuple[Limbs, int, np.uint64, U64]]:
        """The list that a round changes, and for each place in it the modulus and the step."""
        changed, other, moduli = (right, left, self.right) if turn % 2 else (left, right, self.left)
        keys = self.keys[turn::ROUNDS]
        seed = other[0] if len(other) == 1 else siphash(keys[0], other)
        for place, modulus in enumerate(moduli):
            size = np.uint64(modulus)
            yield changed, place, size, siphash(keys[place + 1], [seed]) % size


def permutation(key: bytes, size: int) -> Permutation:
    """A permutation of the numbers [0, size), from 2 to 2**63 of them, without a fixed point."""
    if size <= LARGEST_TABLE:
        return partial(np.take, _cycle(key, size))
    width = math.isqrt(size - 1) + 1
    network = Network.of(key, (-(-size // width),), (width,))
    if loops.LOADED:
        # The second half of the keys: the first would hash several numbers into one.
        keys = np.array(network.keys[ROUNDS:], np.uint64)
        return partial(permute_numbers, keys, (network.left[0], width), size)
    return partial(_in_slices, partial(_next_of, network, size))


def permute_limbs(
    key: bytes, left: tuple[int, ...], right: tuple[int, ...]
) -> Callable[[Sequence[U64]], Limbs]:
    """A permutation of rows of numbers, each below its modulus, without a fixed point."""
    network, cut = Network.of(key, left, right), len(left)

    def permuted(limbs: Sequence[U64]) -> Limbs:
        with np.errstate(over="ignore"):
            first, second = list(limbs[:cut]), list(limbs[cut:])
            network.forward(first, second)
            first[0] = (first[0] + np.uint64(1)) % np.uint64(left[0])
            network.backward(first, second)
        return [*first, *second]

    return permuted


def _next_of(network: Network, size: int, numbers: U64) -> U64:
    """Forward, plus one, and backward: a keyed permutation that leaves no number unchanged."""
    (width,) = network.right
    successor = (_walk(network.forward, width, size, numbers) + np.uint64(1)) % np.uint64(size)
    return _walk(network.backward, width, size, successor)


def _walk(rounds: Callable[[Limbs, Limbs], None], width: int, size: int, numbers: U64) -> U64:
    """Apply the network until each number is below the size: reversible cycle walking."""
    found, waiting = numbers.copy(), np.arange(len(numbers))
    while len(waiting):
        left, right = [found[waiting] // np.uint64(width)], [found[waiting] % np.uint64(width)]
        rounds(left, right)
        (quotient,), (remainder,) = left, right
        found[waiting] = quotient * np.uint64(width) + remainder
        waiting = waiting[found[waiting] >= np.uint64(size)]
    return found


def _cycle(key: bytes, size: int) -> U64:
    """All numbers in a keyed order; each becomes its successor there."""
    numbers = np.arange(size, dtype=np.uint64)
    (own,) = _round_keys(key, 1)
    with np.errstate(over="ignore"):
        order = np.argsort(siphash(own, [numbers]), kind="stable")
    table = np.empty(size, np.uint64)
    table[order] = np.roll(order, -1)
    return table


def _in_slices(permute: Permutation, numbers: U64) -> U64:
    with np.errstate(over="ignore"):
        parts = [permute(numbers[start : start + SLICE]) for start in range(0, len(numbers), SLICE)]
    return np.concatenate(parts) if parts else numbers


def _round_keys(key: bytes, count: int) -> tuple[tuple[int, int], ...]:
    digests = (hashlib.sha256(key + place.to_bytes(4, "big")).digest() for place in range(count))
    return tuple(
        (int.from_bytes(d[:8], "little"), int.from_bytes(d[8:16], "little")) for d in digests
    )
