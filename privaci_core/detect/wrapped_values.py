"""Recognises values that wrap an address: a header, a list, a link, a port behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.masks.text.around import ALONE
from privaci_core.masks.text.wrapped import NAME, OTHER, wrapped_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.masks.text.patterns import Span

MOST_NAME_WORDS = 4
# The address itself is of this form, which is stricter than what is masked inside.
STRICT = {
    "email": re.compile(r"[^@%]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    "ip_address": re.compile(
        r"(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?=.*::)[0-9A-Fa-f:]+"
    ),
    "mac_address": re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"),
    "phone": re.compile(r"(?:\+|00)[\d ()./-]{7,}"),
}
# What a column of wrapped values has somewhere; others are not asked value by value. A pattern
# begins with its rarest character, and looks back from there.
NEEDS = {
    "email": re.compile(r"@|%40"),
    "ip_address": re.compile(r"\.(?<=\d\.)\d{1,3}\.\d{1,3}\.\d|:(?<=[0-9A-Fa-f:]:)[0-9A-Fa-f:]"),
    "mac_address": re.compile(r"[:-](?<=[0-9A-Fa-f]{2}[:-])(?:[0-9A-Fa-f]{2}[:-]){4}"),
    "phone": re.compile(r"(?:\+ ?|00)\d[\d ()./-]{6}"),
}
# What such a pattern has: to look for that alone takes no time.
SIGNS = {
    "email": ("@", "%40"),
    "ip_address": (".", ":"),
    "mac_address": (":", "-"),
    "phone": ("+", "00"),
}
# A line that is such a value alone.
LINES_ALONE = {kind: re.compile(rf"\n{form[1:-1]}(?=\n|\Z)") for kind, form in ALONE.items()}
# A word that is neither syntax nor a name may be a part of a link or of a cookie.
BEFORE_A_PART = "=/:-(&?"
PARTICLE = re.compile(r"[^a-z].*|van|von|der|den|de|da|di|du|del|la|le|dos|das|bin|al|el|y|e")
LONGEST = 400


def values_that_wrap(kind: str, values: Sequence[str], lines: str) -> list[str]:
    """Those of some values, which stand in lines too, that wrap values of a kind."""
    if not any(sign in lines for sign in SIGNS.get(kind, ())) or not NEEDS[kind].search(lines):
        return []
    if lines.count("\n") == len(values) == len(LINES_ALONE[kind].findall(lines)):
        return []
    alone, strict = re.compile(ALONE[kind]), STRICT[kind]
    return [
        value
        for value in values
        if len(value) <= LONGEST and not alone.fullmatch(value) and _wraps(value, kind, strict)
    ]


def _wraps(value: str, kind: str, strict: re.Pattern[str]) -> bool:
    """Whether a value wraps values of a kind, and is no sentence that names them."""
    spans = wrapped_in(value, kind)
    inside = [value[span.start : span.end] for span in spans if span.kind == kind]
    return (
        bool(inside)
        and all(map(strict.fullmatch, inside))
        and all(_is_around(value, span) for span in spans)
    )


def _is_around(value: str, span: Span) -> bool:
    """Whether a part of a value may stand beside an address."""
    if span.kind == OTHER:
        return value[max(0, span.start - 1) : span.start] in BEFORE_A_PART and span.start > 0
    words = value[span.start : span.end].replace(",", " ").split()
    return span.kind != NAME or (len(words) <= MOST_NAME_WORDS and all(map(_of_name, words)))


def _of_name(word: str) -> bool:
    return PARTICLE.fullmatch(word) is not None
