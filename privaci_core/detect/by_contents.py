"""Says what the sampled values of a column look like, and whether they contradict its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.detect.recognise import Looks
    from privaci_core.detect.sample import Contents

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What a column seems to hold, how sure that is, and the evidence, which quotes no value."""

    kind: str
    confidence: Confidence
    evidence: str
    # Paths inside a document that surely hold personal data, with their kinds.
    paths: tuple[tuple[str, str], ...] = ()


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
NUMERAL = frozenset(
    {"phone", "ssn", "iban", "credit_card", "postcode", "record_number", "dob", "tax_id"}
    | {"cvv", "pin", "npi", "id_document", "driver_licence", "license_plate"}
)
# Kinds that many rows may share, or that are one constant where nobody cares; a note may be
# another one in the rows that were not sampled.
REPEATED = frozenset(
    {"city", "postcode", "password", "user_agent", "street", "lat_lon", "url", "free_text"}
)
AS_WORDS = {
    "full_name": "names of people",
    "first_name": "given names",
    "last_name": "family names",
    "npi": "NPI",
}
# Shares of distinct values.
FEW, FEW_NAMES, SOME, HALF, MOST = 0.05, 0.15, 0.3, 0.5, 0.8
# Fewer distinct values do not prove a kind by their form alone.
ENOUGH = 8
# Texts have more words than this on average.
PROSE = 4
# A code is one word, for the most part.
CODE_WORDS = 1.5
# Values that occur so often on average, and are as few, are labels.
REPEATS = 4
# The share of texts that name people, addresses or numbers, from which on they are masked.
CERTAIN = 0.1
BORN_FIRST, BORN_LAST, GENERATION = 1900, 2020, 30


def plainly_other(kind: str, looks: Looks) -> bool:
    """Whether the values are yes and no, or a few labels, and none has the form of the kind."""
    few = 0 < looks.distinct <= ENOUGH and looks.sampled >= REPEATS * looks.distinct
    alike = NAMES_OF_PEOPLE if kind in NAMES_OF_PEOPLE else (kind,)
    return few and kind not in REPEATED and not any(map(looks.share, alike))


def are_labels(kind: str, contents: Contents) -> bool:
    """Whether the whole table has few names in very many rows, and hardly one is a person's."""
    known = contents.statistics
    if kind not in NAMES_OF_PEOPLE or known is None or not known.are_labels:
        return False
    return max(map(contents.looks.share, NAMES_OF_PEOPLE)) < SOME


def contradicted(kind: str, looks: Looks, *, bare: bool) -> bool:
    """Whether the sampled values cannot be what the name says."""
    if not looks.distinct:
        return False
    if kind in FORMAL:
        return looks.share(kind) < FEW
    if kind in NUMERAL:
        return looks.digits < HALF
    if kind in NAMES_OF_PEOPLE:
        # Codes of people and of things have digits, names have none.
        is_code = not bare and looks.digits >= MOST and looks.words < CODE_WORDS
        return looks.letters < HALF or is_code or (bare and has_few_names(looks))
    sentences = looks.distinct > ENOUGH and looks.words > 1
    return kind == "secret" and sentences


def has_few_names(looks: Looks) -> bool:
    """Whether most values under a person's column name are other words, as names of firms are."""
    most = max(looks.share(kind) for kind in NAMES_OF_PEOPLE)
    return looks.distinct >= ENOUGH and most < FEW_NAMES


def by_contents(contents: Contents, *, about_people: bool) -> Suspicion | None:
    """What a column's values say by themselves."""
    found = next(by_looks(contents.looks, about_people=about_people), None)
    if found is not None:
        return found
    if contents.naming >= SOME:
        evidence = f"a language model finds people in {contents.naming:.0%} of some sampled texts"
        return Suspicion(kind="free_text", confidence="medium", evidence=evidence)
    if contents.statistics and contents.statistics.are_texts and contents.looks.words > PROSE:
        return _written(about_people=about_people)
    if about_people and contents.years and contents.distinct > ENOUGH:
        return _births(contents.years)
    return None


def by_looks(looks: Looks, *, about_people: bool) -> Iterator[Suspicion]:
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


def surely_tells(looks: Looks) -> bool:
    """Whether texts name so many people, addresses or numbers that they are masked."""
    return looks.telling >= CERTAIN and looks.distinct >= ENOUGH


def share_of(kind: str, looks: Looks) -> str:
    """How many values look like a kind, in words."""
    word = AS_WORDS.get(kind, kind.replace("_", " "))
    return f"{looks.share(kind):.0%} of {looks.distinct} sampled values look like {word}"


def _looking_like(kind: str, looks: Looks, *, sure: bool) -> Suspicion:
    confidence: Confidence = "high" if sure else "medium"
    return Suspicion(kind=kind, confidence=confidence, evidence=share_of(kind, looks))


def _written(*, about_people: bool) -> Suspicion:
    """Unique long texts were written by people; in a table of people, often about them."""
    confidence: Confidence = "medium" if about_people else "low"
    evidence = "its values are long texts that all differ"
    return Suspicion(kind="free_text", confidence=confidence, evidence=evidence)


def _births(years: tuple[int, int]) -> Suspicion | None:
    """Dates of a table about people are births where they span a generation."""
    first, last = years
    if first < BORN_FIRST or last > BORN_LAST or last - first < GENERATION:
        return None
    evidence = f"its table's name; dates over {last - first} years"
    return Suspicion(kind="dob", confidence="medium", evidence=evidence)
