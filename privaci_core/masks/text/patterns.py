"""Finds addresses, numbers and dates in free text by their form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.masks.text.check_digits import is_account_number, is_card_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text and its kind."""

    start: int
    end: int
    kind: str


def _any(_text: str) -> bool:
    return True


def _is_address(text: str) -> bool:
    """Whether groups between colons are an address: all eight, or some cut out; not `12:30:45`."""
    return "::" in text or text.count(":") == LONGEST_ADDRESS


def _has_digits_of_a_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) in PHONE_DIGITS


# A national number with its trunk prefix; fewer digits in three groups are a date.
PHONE_DIGITS = range(9, 13)
OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
GROUP = r"[0-9A-Fa-f]{1,4}"
# The colons of an address that is written in full.
LONGEST_ADDRESS = 7
# In the order in which they are tried: a later one skips what an earlier one found.
PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), _any),
    (
        "iban",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        is_account_number,
    ),
    ("credit_card", re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-])"), is_card_number),
    ("ssn", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), _any),
    ("mac_address", re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), _any),
    ("ip_address", re.compile(rf"(?<![\w.])(?:{OCTET}\.){{3}}{OCTET}(?!\w|\.\d)"), _any),
    (
        "ip_address",
        re.compile(rf"(?<![\w:])(?:{GROUP}:){{2,7}}:?{GROUP}(?:::?{GROUP})*(?![\w:])"),
        _is_address,
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
# Forms that only sentences are read for: a column of such values needs a name that tells. Each has
# its bounds, so that no text takes long.
APOSTROPHES = r"'\u2019"
CAPITAL = rf"[^\W\d_a-z\u00e0-\u00f6\u00f8-\u00ff][\w{APOSTROPHES}-]{{0,30}}"
NATIONAL = r"(?:\(0\d{1,4}\) ?|0\d{1,5}[ /])\d{2,10}(?:[ -]\d{2,8}){0,5}"
ENGLISH_END = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Court|Square|Terrace|Close"
    r"|Crescent)\b"
)
ENGLISH_STREET = rf"\d{{1,5}}[A-Za-z]? (?:{CAPITAL} ){{1,3}}{ENGLISH_END}"
GERMAN_END = r"(?:[Ss]tra(?:\u00df|ss)e|str\.|weg|gasse|allee) \d{1,4}(?: ?[a-z])?\b"
GERMAN_STREET = rf"(?:{CAPITAL}[ -])?{CAPITAL}{GERMAN_END}"
FRENCH_HEAD = (
    r"\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|chemin|impasse|quai|all\u00e9e)"
    rf" (?:(?:de|du|des|la|le|les) |[dl][{APOSTROPHES}]){{0,3}}"
)
FRENCH_STREET = rf"{FRENCH_HEAD}{CAPITAL}(?:[ -]{CAPITAL}){{0,5}}"
STREETS = f"(?:{ENGLISH_STREET}|{GERMAN_STREET}|{FRENCH_STREET})"
IN_SENTENCES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        "phone",
        re.compile(rf"(?<![\w.,:/+-]){NATIONAL}(?![\w-]|[.,]\d)"),
        _has_digits_of_a_phone,
    ),
    ("street", re.compile(rf"(?<![\w{APOSTROPHES}-]){STREETS}"), _any),
)


def patterns_in(text: str) -> Iterator[Span]:
    """The parts of a text that have one of the forms; none overlap."""
    found: list[Span] = []
    for kind, pattern, is_valid in (*PATTERNS, *IN_SENTENCES):
        for match in pattern.finditer(text):
            if is_valid(match[0]) and not overlaps(found, *match.span()):
                found.append(Span(*match.span(), kind))
    yield from found


def overlaps(spans: list[Span], start: int, end: int) -> bool:
    """Whether a part of a text shares a character with one of the spans."""
    return any(start < span.end and span.start < end for span in spans)
