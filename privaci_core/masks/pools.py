"""Loads the pools of fake words, which are data of ours: sorted, committed, never drawn anew."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

DEFAULT_LOCALE = "en_US"


def locales() -> tuple[str, ...]:
    """The locales that there are pools of."""
    folder = files("privaci_core.masks").joinpath("pools")
    return tuple(sorted({entry.name.split(".")[0] for entry in folder.iterdir()}))


@cache
def pool(kind: str, locale: str = DEFAULT_LOCALE) -> pl.Series:
    """The words of one kind in one locale."""
    text = files("privaci_core.masks").joinpath("pools", f"{locale}.{kind}.txt").read_text(encoding="utf-8")
    return pl.Series(kind, text.splitlines())
