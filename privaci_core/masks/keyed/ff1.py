"""Encrypts numerals as numerals of the same radix: FF1 of NIST SP 800-38G, over vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64

ROUNDS = 10
BLOCK = 16
# The fewest possible values that SP 800-38G allows.
SMALLEST_DOMAIN = 10**6
# One figure has no other half to be added to it.
FEWEST_FIGURES = 2
# Half a value, multiplied by a byte, must fit a word.
LARGEST_HALF = 2**56
# A remainder of so many bytes, shifted by two, fits a word.
SHIFTED_BYTES = 6
WORD_BYTES = 4


def holds(radix: int, count: int) -> bool:
    """Whether so many figures are enough for the standard, and their halves fit words."""
    domain, half = int(radix**count), int(radix ** (count - count // 2))
    return count >= FEWEST_FIGURES and domain >= SMALLEST_DOMAIN and half <= LARGEST_HALF


@dataclass(frozen=True, slots=True, kw_only=True)
class FF1:
    """The cipher of values of one length, each as the two numbers that its halves write."""

    key: bytes = field(repr=False)
    moduli: tuple[int, int]
    # How many bytes hold a half.
    width: int
    # The cipher's chain before the last block, the only one that differs between values.
    state: U64 = field(repr=False)

    @classmethod
    def of(cls, key: bytes, radix: int, count: int, tweak: bytes = b"") -> FF1:
        """The cipher of values of so many figures; parameters and tweak are encrypted once."""
        short, long = count // 2, count - count // 2
        moduli = radix**short, radix**long
        width = ((moduli[1] - 1).bit_length() + 7) // 8
        head = bytes([1, 2, 1, *radix.to_bytes(3, "big"), ROUNDS, short])
        head += count.to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
        # The last block ends with a half and, before it, the number of the round.
        before_last = (len(head) + len(tweak) + width) // BLOCK * BLOCK
        padded = (head + tweak).ljust(before_last + BLOCK, b"\0")
        chain = bytes(BLOCK)
        for start in range(0, before_last, BLOCK):
            chain = _aes(key, _xor(chain, padded[start : start + BLOCK]))
        last = _xor(chain, padded[before_last:])
        state = np.frombuffer(last, ">u8").astype(np.uint64)
        return cls(key=key, moduli=moduli, width=width, state=state)

    def encrypt(self, left: U64, right: U64) -> tuple[U64, U64]:
        """Both halves, enciphered."""
        for turn in range(ROUNDS):
            size = np.uint64(self.moduli[turn % 2])
            left, right = right, reduced(left + self._step(turn, right), size)
        return left, right

    def decrypt(self, left: U64, right: U64) -> tuple[U64, U64]:
        """Both halves, deciphered."""
        for turn in reversed(range(ROUNDS)):
            size = np.uint64(self.moduli[turn % 2])
            left, right = reduced(right + (size - self._step(turn, left)), size), left
        return left, right

    def _step(self, turn: int, other: U64) -> U64:
        """The number that is added to one half: AES of the other half, below the modulus."""
        blocks = np.empty((len(other), 2), ">u8")
        blocks[:, 0] = self.state[0]
        blocks[:, 1] = self.state[1] ^ (other | np.uint64(turn << 8 * self.width))
        enciphered = _aes(self.key, blocks.tobytes())
        words = np.frombuffer(enciphered, ">u8").astype(np.uint64).reshape(len(other), 2)
        size = self.moduli[turn % 2]
        # The standard takes twelve bytes of the block for a half of over four bytes, else eight.
        if self.width <= WORD_BYTES:
            return words[:, 0] % np.uint64(size)
        return _twelve_bytes(words, size, self.width)


def _aes(key: bytes, blocks: bytes) -> bytes:
    # Imported here: only fpe needs it.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415

    # FF1 chains blocks itself, so that the last blocks of a whole vector are one call.
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _twelve_bytes(words: U64, size: int, width: int) -> U64:
    """The first twelve bytes of each block, as a number, modulo a size of so many bytes."""
    bits, shifts = (16, (48, 32)) if width <= SHIFTED_BYTES else (8, (56, 48, 40, 32))
    modulus, lowest_bits = np.uint64(size), np.uint64((1 << bits) - 1)
    found = words[:, 0] % modulus
    for shift in shifts:
        piece = words[:, 1] >> np.uint64(shift) & lowest_bits
        found = ((found << np.uint64(bits)) | piece) % modulus
    return found


def reduced(numbers: U64, size: np.uint64) -> U64:
    """Numbers below twice a size, modulo that size."""
    return np.where(numbers >= size, numbers - size, numbers)
