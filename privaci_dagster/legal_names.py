"""Turns the names of tables into names that Dagster allows for steps, outputs and groups."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Iterable

# Thousands of names in Cyrillic of one length differ in these digits alone.
HASH_DIGITS = 12
BETWEEN = "__"


def legal(word: str) -> str:
    """A word in the letters that Dagster allows for names of steps, groups and jobs."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in word)


def legal_name(path: Iterable[str]) -> str:
    """A name for a path that no other path has.

    Where a letter is lost, or an end of a word could be taken for another, it ends with digits of
    a hash.
    """
    words = tuple(path)
    name = BETWEEN.join(map(legal, words))
    plain = all(word == legal(word) and BETWEEN not in f"_{word}_" for word in words)
    return name if plain else f"{name}_{_digits(words)}"


def _digits(words: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:HASH_DIGITS]


def waiting_for(keys: Iterable[dg.AssetKey]) -> dict[str, dg.AssetIn]:
    """What a step waits for, each under a legal name: Dagster's own names break at a space."""
    return {legal_name(key.path): dg.AssetIn(key=key, dagster_type=dg.Nothing) for key in keys}
