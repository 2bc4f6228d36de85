"""Judges the name of a column: which kind of personal data it speaks of, and how surely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from privaci_core.detect import weights
from privaci_core.detect.column_names import (
    ABOUT,
    ALSO_OF_THINGS,
    KINDS,
    NAMES,
    OF_PERSON,
    PERSON,
    QUALIFIERS,
    THING,
    WHETHER,
)
from privaci_core.detect.dictionary import HEAD_LAST
from privaci_core.detect.split_name import split_name
from privaci_core.masks.base.shape import NUMBERS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.detect.column_names import Kind
    from privaci_core.detect.split_name import Word

STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameVerdict:
    """What a name speaks of, and its score.

    `of_person` if it says that a person has it; `bare` if firms and things are named so too;
    `doubted` if other words of the name speak against it.
    """

    kind: str
    score: int
    of_person: bool = False
    bare: bool = False
    doubted: bool = False


@lru_cache(maxsize=20_000)
def judge_name(
    name: str, type_name: str = "text", spoken: tuple[str, ...] = ("en",)
) -> NameVerdict | None:
    """What a column's name says together with its type, before anything else is known."""
    words = [word for word in split_name(name, spoken) if word.meaning != STOP]
    head = _head(words)
    fitting = [
        (head in phrase, len(phrase), -order, _verdict(KINDS[order], weight, phrase, words))
        for order, weight, phrase in _phrases_in(words)
        if _can_hold(KINDS[order], phrase, type_name)
    ]
    best = max(fitting, key=lambda found: found[:3], default=None)
    if best is None or best[-1].score <= 0:
        return None
    return _in_type(best[-1], type_name)


@cache
def _phrases() -> tuple[tuple[int, int, frozenset[str]], ...]:
    """The phrases of each kind as sets of meanings, with their weights."""
    return tuple(
        (order, weight, frozenset(phrase.split()))
        for order, kind in enumerate(KINDS)
        for weight, phrases in (
            (weights.CERTAIN, kind.certain),
            (weights.USUAL, kind.usual),
            (weights.POSSIBLE, kind.possible),
        )
        for phrase in phrases.split(",")
        if phrase.strip()
    )


def _phrases_in(words: Sequence[Word]) -> Iterator[tuple[int, int, frozenset[str]]]:
    meanings = {word.meaning for word in words}
    for order, weight, phrase in _phrases():
        if phrase <= meanings:
            yield order, weight, phrase


def _can_hold(kind: Kind, phrase: frozenset[str], type_name: str) -> bool:
    """Whether a column of the type can be what the phrase says; numbers named `id` are keys."""
    is_key = "id" in phrase and kind.name in {"record_number", "device", "email", "secret"}
    return type_name in (TEXT if is_key else kind.types)


def _head_first(words: Sequence[Word]) -> bool:
    return any(word.language not in HEAD_LAST for word in words)


def _head(words: Sequence[Word]) -> str | None:
    """The meaning of the word that says what is named; qualifiers may stand on either side."""
    ordered = words if _head_first(words) else words[::-1]
    meanings = [word.meaning for word in ordered]
    telling = (meaning for meaning in meanings if meaning not in QUALIFIERS)
    return next(telling, meanings[0] if meanings else None)


def _verdict(kind: Kind, weight: int, phrase: frozenset[str], words: Sequence[Word]) -> NameVerdict:
    rest = [word for word in words if word.meaning not in phrase]
    of_person = not (OF_PERSON | {"by", "fullname"}).isdisjoint(word.meaning for word in words)
    beside = _beside(kind, phrase, words)
    score = weight + beside
    if weight < weights.CERTAIN and not OF_PERSON.isdisjoint(word.meaning for word in rest):
        score += weights.OF_A_PERSON
    if any(word.doubtful for word in words if word.meaning in phrase):
        score += weights.DOUBTFUL_WORD
    bare = weight < weights.CERTAIN or "customer" in phrase
    return NameVerdict(
        kind=kind.name,
        score=score,
        of_person=of_person,
        bare=bare,
        doubted=beside <= weights.OTHER_HEAD,
    )


def _beside(kind: Kind, phrase: frozenset[str], words: Sequence[Word]) -> int:
    """What the words beside a phrase add and take."""
    # In the languages whose heads come first, what says something about the data may follow.
    head_first, behind, total = _head_first(words), False, 0
    ordered = words[::-1] if head_first else words
    for word in ordered:
        if word.meaning in phrase:
            behind = True
        elif "by" in phrase and not behind and not _done(word):
            ordering = word.meaning in ABOUT
            total += weights.ABOUT_THE_DATA if ordering else weights.OTHER_HEAD
        elif word.meaning == WHETHER or (
            word.meaning in ABOUT and (behind or head_first) and "by" not in phrase
        ):
            total += weights.ABOUT_THE_DATA
        elif word.meaning == THING:
            named = kind.name in NAMES and PERSON.isdisjoint(phrase)
            is_head = behind and not head_first
            total += weights.OF_A_THINGS_NAME if named else _of_a_thing(kind, is_head=is_head)
        elif word.meaning not in QUALIFIERS:
            total += weights.OTHER_HEAD if behind else weights.OTHER_WORD
    return total


def _of_a_thing(kind: Kind, *, is_head: bool) -> int:
    """A shop's e-mail address is one; the number of a shop is nobody's."""
    if is_head:
        return weights.A_THING
    return 0 if kind.name in ALSO_OF_THINGS else weights.OF_A_THING


def _done(word: Word) -> bool:
    """Whether the word says what a person did, as in `verified_by`, or may say that."""
    if word.language != "en" or word.meaning in PERSON:
        return True
    return word.meaning == "attribute" and word.text.endswith(("ed", "en", "made"))


def _in_type(verdict: NameVerdict, type_name: str) -> NameVerdict:
    """A column of numbers is less surely what its name says."""
    if type_name not in NUMBERS or verdict.score <= weights.POSSIBLE or verdict.kind == "lat_lon":
        return verdict
    if verdict.kind == "postcode":
        return verdict
    score = verdict.score + weights.IN_NUMBERS
    return replace(verdict, score=score)
