"""Reads the words that columns and tables are named after, in six languages, and their meanings."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de", "fr", "es", "it", "pt")
# In English and German what is named comes last; in the others it comes first.
HEAD_LAST = frozenset({"en", "de"})
NO_MEANING = "-"


@cache
def meanings() -> dict[str, dict[str, str]]:
    """What each word means, by language; a word without a meaning of its own means `-`."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for language in LANGUAGES:
        for line in _lines(language):
            meaning, *words = line.replace(":", " ", 1).split()
            for word in words:
                found[word].setdefault(language, meaning)
    return dict(found)


def meanings_of(word: str) -> dict[str, str]:
    """The meanings of a word, or of its singular; none for a word that no list has."""
    known = meanings()
    return known.get(word) or known.get(word.removesuffix("s"), {})


def _lines(language: str) -> list[str]:
    path = files("privaci_core.detect").joinpath("words", f"{language}.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
