"""Estimates how hard a salt is to guess: repetitions, sequences and usual words count little."""

from __future__ import annotations

import math
from collections import Counter

# A random salt of 32 hexadecimal digits has about 115, and none of a million has less than this.
FEWEST_BITS = 64
# What a guesser tries first, as if it had been written before the salt.
USUAL = (
    "0123456789 9876543210 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba"
    " qwertyuiop asdfghjkl zxcvbnm password passphrase secret salt change please example test"
    " demo default privaci anonymization masking pseudonym production staging letmein welcome admin"
)
SHORTEST_REPEAT = 3
# No salt needs to be longer to be strong; the rest of a long one is not looked at.
MOST_CHARACTERS = 256


def is_guessable(salt: str) -> bool:
    """Whether a salt is too regular to keep a guesser from trying them all."""
    return bits_of(salt) < FEWEST_BITS


def bits_of(text: str) -> float:
    """Shannon's entropy of what is left of a text if each repeated part is one character."""
    kept = _without_repeats(text[:MOST_CHARACTERS].lower())
    counts = Counter(kept).values()
    return -sum(count * math.log2(count / len(kept)) for count in counts)


def _without_repeats(text: str) -> list[str]:
    """The parts of a text that are not found before them; a part that is, is one empty string."""
    kept, place = [], 0
    while place < len(text):
        length = _repeated(text, place)
        kept.append("" if length else text[place])
        place += length or 1
    return kept


def _repeated(text: str, place: int) -> int:
    """How many characters from a place on stand before it, or among what is usual."""
    before, length = f"{USUAL} {text[:place]}", 0
    while place + length < len(text) and text[place : place + length + 1] in before:
        length += 1
    return length if length >= SHORTEST_REPEAT else 0
