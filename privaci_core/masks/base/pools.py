"""Loads the pools of fake words, which are data of ours: sorted, committed, never drawn anew."""

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
def pool_within(kind: str, locale: str, length: int) -> pl.Series:
    """Those words of a pool that fit into a length."""
    words = pool(kind, locale)
    return words.filter(words.str.len_chars() <= length)
