"""Turns the names of tables into names that Dagster allows for steps, outputs and groups."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HASH_DIGITS = 8


def legal_names(paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """A name for each path that Dagster allows for steps and outputs; no two are the same.

    A name that has lost a letter, or that two paths would share, ends with digits of a hash.
    """
    cleaned = {path: "__".join(map(legal, path)) for path in paths}
    shared = Counter(name.lower() for name in cleaned.values())
    return {
        path: name
        if name == "__".join(path) and shared[name.lower()] == 1
        else f"{name}_{_digits(path)}"
        for path, name in cleaned.items()
    }


def legal(word: str) -> str:
    """A word in the letters that Dagster allows for names of steps, groups and jobs."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in word)


def _digits(path: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(path).encode()).hexdigest()[:HASH_DIGITS]
