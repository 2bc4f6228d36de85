"""Suspects columns of holding personal data: by their names, types, tables and sampled values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from privaci_core.detect.column_names import (
    AMBIGUOUS,
    FREE_TEXT,
    HOLDERS,
    KINDS,
    NAME_OF_PERSON,
    OF_PERSON,
    PEOPLE,
    words_of,
)
from privaci_core.detect.sample import DOCUMENT, Contents
from privaci_core.masks.base.shape import ADDRESSES, HARDWARE, NUMBERS, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.recognise import Looks

Confidence = Literal["high", "medium", "low"]

# Kinds whose column names mean other things in many databases.
UNSURE = frozenset(
    {"city", "postcode", "url", "username", "lat_lon", "record_number", "street", "user_agent"}
)
# A person's home in a table about people; elsewhere a shop's or a clinic's address.
LOCATED = frozenset({"city", "postcode", "street", "lat_lon", "username"})
# Never masked without a rule, however well the values fit.
NEVER_SURE = frozenset({"url", "user_agent"})
# A table that has one of these is about people.
IDENTIFYING = frozenset({"full_name", "first_name", "last_name", "dob", "ssn"})
# Kinds whose values alone are enough, whatever the column is called.
TELLING = (
    "email",
    "iban",
    "credit_card",
    "ssn",
    "mac_address",
    "password",
    "ip_address",
    "phone",
    "npi",
    "street",
)
NAMES_OF_PEOPLE = ("full_name", "first_name", "last_name")
# Kinds with one strict form: where hardly a value has it, the column's name means something else.
FORMAL = frozenset({"email", "ip_address", "mac_address"})
# Kinds whose values all have digits.
NUMERAL = frozenset({"phone", "ssn", "iban", "credit_card", "postcode", "record_number", "dob"})
AS_WORDS = {
    "full_name": "names of people",
    "first_name": "given names",
    "last_name": "family names",
    "npi": "NPI",
}
# Kinds that have types of their own.
OF_TYPES = (("ip_address", ADDRESSES), ("mac_address", frozenset(HARDWARE)))
COMPOSITE = "c"
# Shares of distinct values.
FEW, FEW_NAMES, SOME, HALF, MOST = 0.05, 0.15, 0.3, 0.5, 0.8
# Fewer distinct values do not prove a kind by their form alone.
ENOUGH = 8
BORN_FIRST, BORN_LAST, GENERATION = 1900, 2020, 30
NAME_AND_TABLE = "its name and its table's"
NO_CONTENTS = Contents()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a column seems to hold, how sure that is, and the evidence, which quotes no value."""

    kind: str
    confidence: Confidence
    evidence: str
    # Paths inside a document that surely hold personal data, with their kinds.
    paths: tuple[tuple[str, str], ...] = ()


def suspicions(
    catalog: Catalog, contents: Mapping[Place, Contents] | None = None
) -> dict[Place, Suspicion]:
    """The columns that look personal, by what is known of them and by what was sampled."""
    sampled = contents or {}
    found: dict[Place, Suspicion] = {}
    for relation in catalog.row_tables:
        suspected = {}
        for column in catalog.columns.get(relation.oid, ()):
            place = (relation.oid, column.name)
            suspicion = _suspect_column(relation, column, sampled.get(place, NO_CONTENTS))
            if suspicion is not None:
                suspected[place] = suspicion
        found |= _in_context(relation, suspected)
    return found


def _about_people(relation: Relation) -> bool:
    return PEOPLE.fullmatch(words_of(relation.name)) is not None


def _in_context(relation: Relation, suspected: Mapping[Place, Suspicion]) -> dict[Place, Suspicion]:
    """An address is a person's where its table is about people or identifies one."""
    sure = {suspicion.kind for suspicion in suspected.values() if suspicion.confidence == "high"}
    peopled = _about_people(relation) or not sure.isdisjoint(IDENTIFYING)
    return {
        place: _located(place[1], suspicion, peopled=peopled)
        if suspicion.kind in LOCATED
        else suspicion
        for place, suspicion in suspected.items()
    }


def _located(name: str, suspicion: Suspicion, *, peopled: bool) -> Suspicion:
    if peopled:
        evidence = f"{suspicion.evidence}; its table is about people"
        return replace(suspicion, confidence="high", evidence=evidence)
    of_person = OF_PERSON.match(words_of(name)) is not None
    return replace(suspicion, confidence="high" if of_person else "low")


def _suspect_column(relation: Relation, column: Column, contents: Contents) -> Suspicion | None:
    """What the name says, unless the values disagree; else what the values say."""
    if column.scalar_type in DOCUMENT:
        return _suspect_document(contents)
    about_people = _about_people(relation)
    words, looks = words_of(column.name), contents.looks
    if column.scalar_kind == COMPOSITE:
        return _suspect_composite(words, about_people=about_people)
    by_name = _by_name(words, column.scalar_type, looks, about_people=about_people)
    if by_name is not None and looks.share(by_name.kind) >= HALF:
        return _confirmed(by_name, looks)
    if by_name is not None and by_name.evidence == NAME_AND_TABLE and _has_few_names(looks):
        by_name = replace(by_name, confidence="medium")
    return _surer(by_name, _by_contents(contents, about_people=about_people))


def _suspect_composite(words: str, *, about_people: bool) -> Suspicion | None:
    named = next(_by_words(words, "text", about_people=about_people), None)
    if named is None:
        return None
    return replace(named, confidence="medium", evidence="its name; a composite can hold anything")


def _confirmed(by_name: Suspicion, looks: Looks) -> Suspicion:
    """Name and values agree."""
    confidence: Confidence = "medium" if by_name.kind in NEVER_SURE else "high"
    evidence = f"its name; {_share(by_name.kind, looks)}"
    return replace(by_name, confidence=confidence, evidence=evidence)


def _surer(by_name: Suspicion | None, by_contents: Suspicion | None) -> Suspicion | None:
    """The surer of two suspicions; the name's where both are as sure."""
    if by_name is None or by_contents is None:
        return by_name or by_contents
    contents_win = by_contents.confidence == "high" and by_name.confidence != "high"
    return by_contents if contents_win else by_name


def _by_name(words: str, type_name: str, looks: Looks, *, about_people: bool) -> Suspicion | None:
    """What the name says, where the values do not contradict it."""
    named = next(_by_words(words, type_name, about_people=about_people), None)
    if named is None or _contradicted(named.kind, words, looks):
        return None
    return named


def _by_words(words: str, type_name: str, *, about_people: bool) -> Iterator[Suspicion]:
    """What the words of a name and a type say, the most telling first."""
    unsure_type = type_name in NUMBERS
    for kind, types, names in KINDS:
        if type_name in types and names.fullmatch(words):
            confidence: Confidence = "medium" if kind in UNSURE or unsure_type else "high"
            evidence = f"its name and its type {type_name}"
            yield Suspicion(kind=kind, confidence=confidence, evidence=evidence)
    if type_name in TEXT:
        if NAME_OF_PERSON.fullmatch(words) or (words == "name" and about_people):
            yield Suspicion(kind="full_name", confidence="high", evidence=NAME_AND_TABLE)
        if FREE_TEXT.fullmatch(words):
            evidence = "its name: text of people about people"
            yield Suspicion(kind="free_text", confidence="medium", evidence=evidence)
    for kind, types in OF_TYPES:
        if type_name in types:
            yield Suspicion(kind=kind, confidence="high", evidence=f"its type {type_name}")


def kinds_by_name(columns: Mapping[str, str]) -> set[str]:
    """The kinds of personal data that names and types of columns speak of, without their values."""
    return {
        found.kind
        for name, type_name in columns.items()
        for found in list(_by_words(words_of(name), type_name, about_people=False))[:1]
    }


def _contradicted(kind: str, words: str, looks: Looks) -> bool:
    """Whether the sampled values cannot be what the name says."""
    if not looks.distinct:
        return False
    if kind in FORMAL:
        return looks.share(kind) < FEW
    if kind in NUMERAL:
        return looks.digits < HALF
    ambiguous = AMBIGUOUS.fullmatch(words) is not None
    if kind in NAMES_OF_PEOPLE:
        return looks.letters < HALF or (ambiguous and _most_names(looks) < FEW)
    sentences = looks.distinct > ENOUGH and looks.words > 1
    return kind == "password" and ambiguous and sentences


def _most_names(looks: Looks) -> float:
    return max(looks.share(kind) for kind in NAMES_OF_PEOPLE)


def _has_few_names(looks: Looks) -> bool:
    """Whether most values under a person's column name are other words, as names of firms are."""
    return looks.distinct >= ENOUGH and _most_names(looks) < FEW_NAMES


def _by_contents(contents: Contents, *, about_people: bool) -> Suspicion | None:
    """What a column's values say by themselves."""
    found = next(_by_looks(contents.looks, about_people=about_people), None)
    if found is not None:
        return found
    if contents.naming >= SOME:
        evidence = f"a language model finds people in {contents.naming:.0%} of some sampled texts"
        return Suspicion(kind="free_text", confidence="medium", evidence=evidence)
    if about_people and contents.years and contents.distinct > ENOUGH:
        return _births(contents.years)
    return None


def _by_looks(looks: Looks, *, about_people: bool) -> Iterator[Suspicion]:
    """What the forms of values say, the surest first."""
    # Random hexadecimal digits match other forms by chance.
    if looks.share("uuid") >= HALF:
        return
    for kind in sorted(TELLING, key=looks.share, reverse=True):
        if looks.share(kind) >= SOME:
            sure = looks.share(kind) >= MOST and looks.distinct >= ENOUGH
            yield _looking_like(kind, looks, sure=sure)
    for kind in sorted(NAMES_OF_PEOPLE, key=looks.share, reverse=True):
        if looks.share(kind) >= HALF and looks.distinct >= ENOUGH:
            yield _looking_like(kind, looks, sure=about_people and kind == "full_name")
    if looks.telling >= FEW:
        texts = f"{looks.telling:.0%} of {looks.distinct} sampled texts"
        evidence = f"{texts} name people, addresses or numbers"
        yield Suspicion(kind="free_text", confidence="medium", evidence=evidence)


def _looking_like(kind: str, looks: Looks, *, sure: bool) -> Suspicion:
    confidence: Confidence = "high" if sure else "medium"
    return Suspicion(kind=kind, confidence=confidence, evidence=_share(kind, looks))


def _births(years: tuple[int, int]) -> Suspicion | None:
    """Dates of a table about people are births where they span a generation."""
    first, last = years
    if first < BORN_FIRST or last > BORN_LAST or last - first < GENERATION:
        return None
    evidence = f"its table's name; dates over {last - first} years"
    return Suspicion(kind="dob", confidence="medium", evidence=evidence)


def _suspect_document(contents: Contents) -> Suspicion:
    """The paths of a document that surely hold personal data; the rest of it can hold anything."""
    sure = {}
    for path, looks in contents.paths.items():
        found = _suspect_path(path, looks)
        if found is not None and found.confidence == "high":
            sure[path] = found.kind
    if not sure:
        evidence = "a document can hold anything"
        return Suspicion(kind="document", confidence="medium", evidence=evidence)
    listed = ", ".join(f"{path} ({kind})" for path, kind in sure.items())
    evidence, paths = f"its paths {listed}", tuple(sure.items())
    return Suspicion(kind="document", confidence="high", evidence=evidence, paths=paths)


def _suspect_path(path: str, looks: Looks) -> Suspicion | None:
    """What the last key of a path says, below the key above it; else what its values say."""
    *_, above, key = ["", *map(words_of, path.replace("[*]", "").split("."))]
    people = PEOPLE.fullmatch(above) or PEOPLE.fullmatch(f"{above}s")
    about_people = bool(people or HOLDERS.fullmatch(above))
    by_name = _by_name(key, "text", looks, about_people=about_people)
    if by_name is not None and by_name.confidence == "high":
        return by_name
    return next(_by_looks(looks, about_people=about_people), None)


def _share(kind: str, looks: Looks) -> str:
    word = AS_WORDS.get(kind, kind.replace("_", " "))
    return f"{looks.share(kind):.0%} of {looks.distinct} sampled values look like {word}"
