"""Scores what a column's name says, by its table, its neighbours, its keys and its values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect import weights
from privaci_core.detect.by_contents import (
    HALF,
    NAMES_OF_PEOPLE,
    Suspicion,
    contradicted,
    plainly_other,
    share_of,
)
from privaci_core.detect.column_names import NEVER_SURE, SHARED_WITH_THINGS

if TYPE_CHECKING:
    from collections.abc import Container

    from privaci_core.catalog.catalog import Place
    from privaci_core.detect.by_contents import Confidence
    from privaci_core.detect.key_roles import KeyRole
    from privaci_core.detect.name_verdict import NameVerdict
    from privaci_core.detect.recognise import Looks
    from privaci_core.detect.table_context import TableContext

# A person's home in a table about people; elsewhere a shop's or a clinic's address.
LOCATED = frozenset({"city", "postcode", "street", "lat_lon"})
NAME_AND_TABLE = "its name and its table's"
# On average: a given name and a family name.
WORDS_OF_A_NAME = 1.8
OTHER_WORDS = {"free_text": "its name: such columns hold free text"}
# What tables add, and how that is said.
OF_PEOPLE = (weights.TABLE_OF_PEOPLE, "; its table is about people")
BESIDE_PEOPLE = (weights.BESIDE_A_PERSON, "; its table is about people")
OF_THINGS = (weights.TABLE_OF_THINGS, "; its table is about things")
NOTHING = (0, "")
OTHER_VALUES = "; its values look like something else"


def with_key(verdict: NameVerdict, role: KeyRole, personal: Container[Place]) -> NameVerdict:
    """What keys add to a name: `owner` that refers to the number of a team is no person."""
    points = 0
    if role.unique and verdict.kind == "username":
        points += weights.UNIQUE_LOGIN
    elif role.unique and verdict.bare:
        points += weights.UNIQUE_NAME
    if role.refers_to and role.refers_to not in personal and verdict.kind in SHARED_WITH_THINGS:
        points += weights.REFERENCE
    return replace(verdict, score=verdict.score + points)


def by_name(
    verdict: NameVerdict, type_name: str, context: TableContext, looks: Looks
) -> Suspicion | None:
    """What a name says in its table, and before its values; None where they are plainly others."""
    kind = verdict.kind
    if plainly_other(kind, looks) and not _of_one_family(verdict, looks):
        return None
    points, because = _in_table(verdict, context)
    score, evidence = verdict.score + points, f"its name and its type {type_name}{because}"
    evidence = OTHER_WORDS.get(kind, evidence)
    if kind in NAMES_OF_PEOPLE and points > 0:
        evidence = NAME_AND_TABLE
    if looks.share(kind) >= HALF:
        score, evidence = score + weights.CONFIRMED, f"its name; {share_of(kind, looks)}"
    elif contradicted(kind, looks, bare=verdict.bare):
        lowered = min(score + weights.CONTRADICTED, weights.HIGH - 1)
        # Values lower what a name says, but do not silence it.
        score = lowered if score < weights.MEDIUM else max(lowered, weights.MEDIUM)
        evidence = evidence + OTHER_VALUES
    if kind in NEVER_SURE:
        score = min(score, weights.HIGH - 1)
    confidence = _confidence(score)
    return confidence and Suspicion(kind=kind, confidence=confidence, evidence=evidence)


def _of_one_family(verdict: NameVerdict, looks: Looks) -> bool:
    """Whether rows may share a name: no list of labels is called so, nor has two words a value."""
    if verdict.score < weights.CERTAIN or looks.letters < HALF:
        return False
    is_whole = looks.words >= WORDS_OF_A_NAME and looks.digits < HALF
    return verdict.kind in {"first_name", "last_name"} or (verdict.kind == "full_name" and is_whole)


def _in_table(verdict: NameVerdict, context: TableContext) -> tuple[int, str]:
    """What a column's table and neighbours add to its name, and how that is said."""
    unsure = verdict.score < weights.CERTAIN and not verdict.doubted
    match context.about:
        case "people":
            return OF_PEOPLE if unsure else NOTHING
        case "access":
            return _of_access(verdict, unsure=unsure)
        case "things" if verdict.kind in SHARED_WITH_THINGS and not verdict.of_person:
            return OF_THINGS
        case "things" if verdict.kind in SHARED_WITH_THINGS | {"lat_lon"}:
            return NOTHING
    if verdict.kind == "full_name" and verdict.score == weights.USUAL and "email" in context.sure:
        return BESIDE_PEOPLE
    needs_help = unsure and verdict.kind in SHARED_WITH_THINGS | LOCATED
    return BESIDE_PEOPLE if needs_help and context.identifies(verdict.kind) else NOTHING


def _of_access(verdict: NameVerdict, *, unsure: bool) -> tuple[int, str]:
    """Sessions and tokens are people's; the clients that are named beside them are programs."""
    if verdict.kind == "full_name":
        of_client = verdict.bare and not unsure
        return OF_THINGS if of_client or not verdict.of_person else NOTHING
    return OF_PEOPLE if unsure and verdict.kind in {"secret", "username", "device"} else NOTHING


def _confidence(score: int) -> Confidence | None:
    if score >= weights.HIGH:
        return "high"
    if score >= weights.MEDIUM:
        return "medium"
    return "low" if score >= weights.LOW else None
