"""Loads the pools of fake words: committed files, sorted, never drawn again."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES")
DEFAULT_LOCALE = LOCALES[0]


@cache
def pool(kind: str, locale: str = DEFAULT_LOCALE) -> pl.Series:
    """The words of one kind in one locale."""
    text = (
        files("privaci_core.masks.base")
        .joinpath("pools", f"{locale}.{kind}.txt")
        .read_text(encoding="utf-8")
    )
    return pl.Series(kind, text.splitlines())


@cache
def plain_words(kind: str) -> pl.Series:
    """The words of a kind in all four locales that are one word, without a hyphen or a blank."""
    every = pl.concat([pool(kind, locale) for locale in LOCALES])
    folded = every.str.to_lowercase()
    return every.filter(folded.is_first_distinct() & ~every.str.contains(r"[^\p{L}]"))


@cache
def pool_within(kind: str, locale: str, length: int) -> pl.Series:
    """The words of a pool that have at most so many characters."""
    words = pool(kind, locale)
    return words.filter(words.str.len_chars() <= length)
