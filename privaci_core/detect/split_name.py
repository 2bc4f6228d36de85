"""Splits the name of a column or a table into words of the dictionary."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from privaci_core.detect.dictionary import LANGUAGES, NO_MEANING, meanings_of

# Runs of letters and of digits, cut at capitals too.
RUNS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Letters that have no form without their diacritic.
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"})
# Shorter words stand in a run only as these, or any rest of a run would be a word.
SHORTEST = 3
SHORT = frozenset(
    {"id", "ip", "no", "nr", "of", "by", "to", "at", "on", "in", "de", "da", "di", "du", "cp"}
)
# What a word costs in a run, by its length: few long words are likelier than many short ones.
COSTS = {2: 2.8, 3: 1.9}
USUAL_COST = 1.0
# The rest of a run may be in no dictionary, beside a word that is long enough to be no accident.
LONG, LONGER = 5, 8
LONGEST = 40
# Shorter words of languages that a database does not speak are often something else.
TELLING_LENGTH = 5
SAYS_LITTLE = frozenset({NO_MEANING, "attribute", "thing", "stop"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a name, what it means, and the language that gave it the meaning."""

    text: str
    meaning: str
    language: str
    doubtful: bool


@lru_cache(maxsize=20_000)
def split_name(name: str, spoken: tuple[str, ...] = ("en",)) -> tuple[Word, ...]:
    """The words of a name; `spoken` are the languages of its database, the first one first."""
    texts = [text for run in RUNS.findall(_plain(name)) for text in _segments(run.lower())]
    return tuple(_word(text, spoken) for text in _joined(texts))


def _plain(name: str) -> str:
    """The name without diacritics."""
    parts = unicodedata.normalize("NFKD", name.translate(PLAIN))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _joined(texts: list[str]) -> list[str]:
    """`e mail` is one word, and `2 fa`; other digits and single letters say nothing."""
    found: list[str] = []
    for text in texts:
        if found and (found[-1], text[:4]) in {("e", "mail"), ("2", "fa")}:
            found[-1] += text
        else:
            found.append(text)
    return [
        {"email": "email", "emails": "emails"}.get(text, text)
        for text in found
        if len(text) > 1 and not text.isdigit()
    ]


def _word(text: str, spoken: tuple[str, ...]) -> Word:
    known = meanings_of(text)
    language = _language(known, spoken)
    doubtful = language not in spoken and len(text) < TELLING_LENGTH
    meaning = known.get(language, NO_MEANING)
    return Word(text=text, meaning=meaning, language=language, doubtful=doubtful)


def _language(known: dict[str, str], spoken: tuple[str, ...]) -> str:
    """The first spoken language in which the word says something; of others, where it says most."""
    spoken_ones = [each for each in spoken if each in known]
    if spoken_ones:
        return min(spoken_ones, key=lambda each: known[each] in {NO_MEANING, "details"})
    return min(
        known, key=lambda each: (known[each] in SAYS_LITTLE, LANGUAGES.index(each)), default="en"
    )


def _segments(run: str) -> list[str]:
    """The words of letters that are run together, by the cheapest way to cut them."""
    if run.isdigit() or meanings_of(run) or not SHORTEST < len(run) <= LONGEST:
        return [run]
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        ways = [
            (best[start][0] + _cost(run[start:end]), [*best[start][1], run[start:end]])
            for start in range(end)
        ]
        best.append(min(ways, key=_likelihood))
    cost, words = best[-1]
    return words if cost < math.inf else _beside_a_word(run)


def _cost(text: str) -> float:
    if not meanings_of(text) or (len(text) < SHORTEST and text not in SHORT):
        return math.inf
    return COSTS.get(len(text), USUAL_COST)


def _likelihood(way: tuple[float, list[str]]) -> tuple[float, int, int]:
    """The cheapest way, of the fewest words; `model name`, not `mode lname`."""
    cost, words = way
    return cost, len(words), len(words[-1])


def _beside_a_word(run: str) -> list[str]:
    """A long word at the end or the beginning, and an unknown rest, as in `stripetoken`."""
    for length in range(len(run) - 2, LONG - 1, -1):
        if len(run) - length < SHORTEST and length < LONGER:
            continue
        if meanings_of(run[-length:]):
            return [*_segments(run[:-length]), run[-length:]]
        if meanings_of(run[:length]):
            return [run[:length], *_segments(run[length:])]
    return [run]
