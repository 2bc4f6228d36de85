"""Recognises what sampled values are, by forms, check digits and words; it quotes no value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from stdnum import luhn

from privaci_core.detect.national_phones import national_numbers
from privaci_core.detect.secret_forms import (
    NEEDS_HASH,
    NEEDS_RANDOM,
    NEEDS_SERVICE,
    is_hashed,
    is_random,
    is_token,
)
from privaci_core.detect.wrapped_values import values_that_wrap
from privaci_core.masks.base.pools import LOCALES, pool
from privaci_core.masks.text.around import ALONE
from privaci_core.masks.text.patterns import PATTERNS, patterns_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Fits = Callable[[Iterable[str]], Iterable[bool]]

# The prefix that makes a clinician's number one of the numbers with a Luhn check digit.
NPI_ISSUER = "80840"
MOST_NAME_WORDS = 4
# Values of fewer words on average are labels, not sentences.
PROSE_WORDS = 4
# Every text of this form is an address.
EMAIL = next(pattern for kind, pattern, _ in PATTERNS if kind == "email")
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
NPI = re.compile(r"[12]\d{9}")
STREET = re.compile(
    r"\d+[a-z]? [\w.' -]*\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd"
    r"|way|court|ct|place|square|terrace|highway|parkway)\b.*"
    r"|[\w.' -]*(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee|ring) \d+\s?[a-z]?.*"
    r"|\d+,? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|quai|all[ée]e) .+"
    r"|(?:calle|avenida|plaza|paseo|via|viale|piazza) .+ ?\d+.*",
    re.IGNORECASE,
)
URL = re.compile(r"https?://\S+", re.IGNORECASE)
DIGIT = re.compile(r"\d")
# Fewer values may be alike by accident.
ENOUGH_TO_COMPARE = 8
WORD = re.compile(r"[^\W\d_][\w'.-]*")
# Which characters of ASCII are letters, and which are digits.
NEWLINE, ASCII = ord("\n"), [chr(number) for number in range(128)]
LETTERS, DIGITS = np.array([*map(str.isalpha, ASCII)]), np.array([*map(str.isdigit, ASCII)])
NAMES = ("full_name", "first_name", "last_name")
# What a line has that is a value of a kind; the column's values are lines that begin with a
# newline. A column without such a line is not asked value by value, which would take longer than
# all else that is done for a small table.
NEEDS = {
    kind: re.compile(pattern, re.IGNORECASE if kind in {"uuid", "url"} else 0)
    for kind, pattern in {
        "email": "@",
        "iban": r"\n[A-Z]{2}\d{2}",
        "credit_card": r"\n(?:\d[ -]?){12}\d",
        "ssn": r"\n\d{3}-\d{2}-",
        "mac_address": r"\n[0-9A-Fa-f]{2}[:-]",
        "ip_address": r"\n(?:\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]{1,4}:)",
        "record_number": r"\n(?:MRN|[A-Z]{2,4}-)",
        "phone": r"\n(?:(?:\+|00)\d|\(?\d{3}\)?[ .-]\d{3})",
        "password": NEEDS_HASH,
        "token": NEEDS_SERVICE,
        "secret": NEEDS_RANDOM,
        "npi": r"\n[12]\d{9}",
        "uuid": r"\n[0-9a-f]{8}",
        "url": r"\nhttps?://",
        "street": r"\n\d+[A-Za-z]?,? |\n(?i:calle|avenida|plaza|paseo|via|viale|piazza) "
        r"| (?=\d)(?i:(?<=e )(?:(?<=straße )|(?<=strasse )|(?<=gasse )|(?<=allee ))"
        r"|(?<=g )(?:(?<=weg )|(?<=ring ))|(?<=str\. )|(?<=platz ))",
        "full_name": r"\n[\s,]*+[^\W\d_][\w'.-]*+[\s,]+[^\W\d_]",
        "first_name": r"[^\W\d_]",
        "last_name": r"[^\W\d_]",
    }.items()
}
# Kinds that a column without a letter is not asked for.
OF_LETTERS = {"email", "iban", "record_number", "url", "street", *NAMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the distinct values of a sample look like: the share of each kind, and statistics."""

    sampled: int = 0
    distinct: int = 0
    # For each kind, the share of values that have its form from end to end.
    shares: dict[str, float] = field(default_factory=dict)
    # The kinds that some values wrap, as a header or a link does; they count as of that kind.
    wrapped: frozenset[str] = frozenset()
    # The share of sentences that name a person, an address or a number.
    telling: float = 0.0
    # The shares of values with a letter and with a digit; words per value.
    letters: float = 0.0
    digits: float = 0.0
    words: float = 0.0
    # The share of values in capitals.
    capitals: float = 0.0
    # Whether all have the same letters in the same places: a prefix, not a part of a name.
    same_letters: bool = False

    def share(self, kind: str) -> float:
        """The share of one kind."""
        return self.shares.get(kind, 0.0)


def looks_of(values: Iterable[str]) -> Looks:
    """What a sample looks like; empty values and blanks around a value do not count."""
    filled = [text for value in values if (text := value.strip())]
    distinct = sorted(set(filled))
    if not distinct:
        return Looks()
    count, lines = len(distinct), "\n" + "\n".join(distinct)
    letters, digits = _with_letter_and_digit(distinct, lines)
    shares = {
        kind: sum(fits(distinct)) / count
        for kind, fits in KINDS.items()
        if (letters or kind not in OF_LETTERS) and NEEDS[kind].search(lines)
    }
    wrapped = {kind: len(values_that_wrap(kind, distinct, lines)) / count for kind in ALONE}
    for kind, share in (*wrapped.items(), ("phone", len(national_numbers(distinct)) / count)):
        shares[kind] = min(1.0, shares.get(kind, 0.0) + share)
    words = len(lines.split()) / count
    return Looks(
        sampled=len(filled),
        distinct=count,
        shares={kind: share for kind, share in shares.items() if share},
        wrapped=frozenset(kind for kind, share in wrapped.items() if share),
        telling=sum(map(_tells, distinct)) / count if words >= PROSE_WORDS else 0.0,
        letters=letters / count,
        digits=digits / count,
        words=words,
        capitals=sum(map(str.isupper, distinct)) / count,
        same_letters=count >= ENOUGH_TO_COMPARE and _same_letters(distinct),
    )


def _same_letters(values: Sequence[str]) -> bool:
    """Whether values differ in their digits alone."""
    first = DIGIT.sub("0", values[0])
    return all(DIGIT.sub("0", value) == first for value in values)


def _with_letter_and_digit(values: Sequence[str], lines: str) -> tuple[int, int]:
    """How many values have a letter, and a digit; at once where each is a line of ASCII."""
    if lines.isascii() and lines.count("\n") == len(values):
        text = np.frombuffer(lines.encode(), np.uint8)
        starts = np.flatnonzero(text == NEWLINE)
        letters, digits = (np.logical_or.reduceat(of[text], starts) for of in (LETTERS, DIGITS))
        return int(letters.sum()), int(digits.sum())
    return (
        sum(any(map(str.isalpha, value)) for value in values),
        sum(any(map(str.isdigit, value)) for value in values),
    )


def _of_form(kind: str) -> Callable[[str], bool]:
    forms = [(pattern, holds) for found, pattern, holds in PATTERNS if found == kind]
    if len(forms) == 1:
        ((pattern, holds),) = forms
        return lambda value: pattern.fullmatch(value) is not None and holds(value)
    return lambda value: any(pattern.fullmatch(value) and holds(value) for pattern, holds in forms)


def _each(fits: Callable[[str], bool]) -> Fits:
    return partial(map, fits)


def _matches(pattern: re.Pattern[str]) -> Fits:
    return lambda values: map(bool, map(pattern.fullmatch, values))


def _in_pool(kind: str) -> Fits:
    return lambda values: map(_names(kind).__contains__, map(str.lower, values))


def _npi(value: str) -> bool:
    """Whether ten digits are a clinician's number: the last one is the check digit."""
    return NPI.fullmatch(value) is not None and luhn.is_valid(NPI_ISSUER + value)


HAS_PHONE_FORM = _of_form("phone")


def _phone(value: str) -> bool:
    """A number with a prefix or in the form of North America; one padded by zeros is neither."""
    return not value.startswith("000") and HAS_PHONE_FORM(value)


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(name.lower() for locale in LOCALES for name in pool(f"{kind}_name", locale))


def _first_name(value: str) -> bool:
    return value.lower() in _names("first")


def _last_name(value: str) -> bool:
    return value.lower() in _names("last")


def _full_name(value: str) -> bool:
    """Whether words begin with a given name or end with a family name; a comma swaps the two."""
    words = value.replace(",", " ").split()
    if not 1 < len(words) <= MOST_NAME_WORDS or not all(map(WORD.fullmatch, words)):
        return False
    first, last = (words[-1], words[0]) if "," in value else (words[0], words[-1])
    return _first_name(first) or _last_name(last)


def in_the_pools(value: str) -> bool:
    """Whether a name could be a fake: its words are all in the pools of fakes."""
    words = value.split()
    return bool(words) and _first_name(words[0]) and all(map(_last_name, words[1:]))


def _tells(text: str) -> bool:
    """Whether a sentence names a person, an address or a number."""
    if any(span.kind != "dob" for span in patterns_in(text)):
        return True
    words = WORD.findall(text)
    return any(
        a[0].isupper() and b[0].isupper() and _first_name(a) and _last_name(b)
        for a, b in pairwise(words)
    )


# Which values are of each kind. What can be is asked by functions written in C.
KINDS: dict[str, Fits] = {
    "email": _matches(EMAIL),
    **{
        kind: _each(_of_form(kind))
        for kind in (
            "iban",
            "credit_card",
            "ssn",
            "mac_address",
            "ip_address",
            "record_number",
        )
    },
    "phone": _each(_phone),
    "password": _each(is_hashed),
    "token": _each(is_token),
    "secret": _each(is_random),
    "npi": _each(_npi),
    "uuid": _matches(UUID),
    "url": _matches(URL),
    "street": _matches(STREET),
    "full_name": _each(_full_name),
    "first_name": _in_pool("first"),
    "last_name": _in_pool("last"),
}
