"""Finds what has a form of its own in free text: addresses, numbers and dates that say something about a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CARD_DIGITS = range(13, 20)
IBAN_REST = 97


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, and what it is."""

    start: int
    end: int
    kind: str


def luhn(text: str) -> bool:
    """Whether the digits of a text are a card's number."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = [digit * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return len(digits) in CARD_DIGITS and sum(sum(divmod(digit, 10)) for digit in doubled) % 10 == 0


def mod_97(text: str) -> bool:
    """Whether a text is an account's number with the right check digits."""
    plain = "".join(text.split()).upper()
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % IBAN_REST == 1


def _any(_text: str) -> bool:
    return True


OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
GROUP = r"[0-9A-Fa-f]{1,4}"
# In the order in which they are looked for: what an earlier one took, a later one does not see.
PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), _any),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), mod_97),
    ("credit_card", re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-])"), luhn),
    ("ssn", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), _any),
    ("mac_address", re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), _any),
    ("ip_address", re.compile(rf"(?<![\w.])(?:{OCTET}\.){{3}}{OCTET}(?!\w|\.\d)"), _any),
    (
        "ip_address",
        re.compile(rf"(?<![\w:])(?:{GROUP}:){{2,7}}:?{GROUP}(?:::?{GROUP})*(?![\w:])"),
        _any,
    ),
    (
        "dob",
        re.compile(r"(?<![\w-])(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4})(?![\w-])"),
        _any,
    ),
    (
        "record_number",
        re.compile(r"\b(?:MRN|[A-Z]{2,4}-)[ #:]*\d{5,12}\b|(?<=MRN )\d{4,12}\b"),
        _any,
    ),
    ("phone", re.compile(r"(?<![\w.])(?:\+|00)\d[\d ()./-]{6,17}\d(?![\w-])"), _any),
    ("phone", re.compile(r"(?<![\w.+-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"), _any),
)


def patterns_in(text: str) -> Iterator[Span]:
    """What of a text has one of the forms, none overlapping."""
    taken: list[Span] = []
    for kind, pattern, holds in PATTERNS:
        for match in pattern.finditer(text):
            if holds(match[0]) and not overlaps(taken, *match.span()):
                taken.append(Span(*match.span(), kind))
    yield from taken


def overlaps(spans: list[Span], start: int, end: int) -> bool:
    """Whether a part of a text is taken by one of some spans."""
    return any(start < span.end and span.start < end for span in spans)
