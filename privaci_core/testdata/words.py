"""Writes words from numbers."""

from __future__ import annotations

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
# Characters of a made-up word: a column without a limit needs no more to be unique.
WORD = 8


def a_word(number: int, length: int = WORD) -> str:
    """Letters and digits from a number."""
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)
