"""Takes apart a value that wraps addresses or numbers: a header, a list, a link, a port behind.

What lies around them is syntax, names of people, or other words. Only syntax may stay, so
whatever is not known to be syntax is listed as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from privaci_core.masks.text.names_by_form import is_given_name
from privaci_core.masks.text.patterns import GROUP, OCTET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

# Kinds of spans beside the kind that is looked for.
NAME, GIVEN_NAME, OTHER, HOST = "full_name", "first_name", "other", "host"
# Kinds that have names of people beside them.
OF_PEOPLE = frozenset({"email", "phone"})
ENCODED_AT = "%40"
BRACKET = re.compile(r"[\"']? ?<")
LOCAL, LABEL = r"\w(?:[\w.+'\u2019-]*[\w+-])?", r"[\w-]+(?:\.[\w-]+)*"
V6 = (
    rf"(?:{GROUP}:){{2,7}}:?{GROUP}(?:::?{GROUP})*|(?:{GROUP}:){{1,7}}:"
    rf"|::(?:{GROUP}:){{0,6}}{GROUP}"
)
# What is looked for inside a value, by kind; a percent-encoded address is one too.
INSIDE = {
    "email": re.compile(rf"{LOCAL}(?:%2B{LOCAL})*(?:@|%40){LABEL}", re.IGNORECASE),
    "phone": re.compile(
        r"(?<![\w.@])(?:\+ ?|00 ?)?\(?\d(?:[ ().-]{0,2}\d|(?<=\d)/(?=\d)){5,16}(?![\w@]|\.\d)"
    ),
    "ip_address": re.compile(
        rf"(?<![\w.])(?:{OCTET}\.){{3}}{OCTET}(?!\w|\.\d)|(?<![\w:.])(?:{V6})(?![\w:.])"
    ),
    "mac_address": re.compile(
        r"(?<![\w:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?!\w)"
        r"|(?<![\w.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![\w.])"
        r"|(?<!\w)[0-9A-Fa-f]{12}(?!\w)"
    ),
}
# Words of links that name no person.
ROUTES = (
    "account|activate|admin|api|app|auth|callback|change|click|confirm|confirmation|contact|edit"
    "|email|emails|home|index|invitation|invitations|invite|list|login|logout|mail|me|members?|new"
    "|open|password|preferences|profile|register|reset|search|send|session|settings|share|signin"
    "|signup|subscribe|subscription|token|track|unsubscribe|user|users|v1|v2|v3|verify|web"
)
LABELS = (
    "bcc|cc|cell|e-?mail|ext|extension|fax|ffff|for|from|handy|home|host|ip|mac|mail|mobil|mobile"
    "|office|or|phone|port|private|proto|reply-to|src|tel|telephone|tel[ée]fono|to|und|et|y|and"
    "|via|work|x|eth\\d{0,2}|wlan\\d{0,2}|http|https|tcp|udp"
)
# What lies between: syntax that stays, a host, words of a name, other words; in this order.
BETWEEN = re.compile(
    r"(?P<syntax>&(?:lt|gt|amp|quot|apos|\#\d{2,3});"
    r"|%(?:20|22|2C|3B|3C|3E|2F|3A|3D|26)"
    r"|(?:mailto|tel|sips?|xmpp|skype|smtp|https?|ftp|data|callto|acct):(?://)?"
    rf"|(?<=/)(?:{ROUTES})(?![\w.-])"
    r"|(?<![^?&;,\s({\"'])(?P<key>[A-Za-z_][A-Za-z_-]{0,30}\d?)(?==)"
    rf"|(?<![\w.@])(?:{LABELS})(?![\w@-])"
    r"|:\d{1,5}(?!\w)|/\d{1,3}(?!\w))"
    r"|(?P<host>(?<=://)[\w.-]+)"
    r"|(?P<name>[^\W\d_][\w.'\u2019-]*(?:,? [^\W\d_][\w.'\u2019-]*){0,4})"
    r"|(?P<other>\w[\w.-]*\w|\w)",
    re.IGNORECASE,
)


def wrapped_in(value: str, kind: str) -> list[Span]:
    """All of a value that is no syntax: what has the kind, names, a host, other words.

    Nothing where the kind is not in it.
    """
    found = [Span(*match.span(), kind) for match in INSIDE[kind].finditer(value)]
    if not found:
        return []
    ends = [0, *(span.end for span in found)]
    starts = [*(span.start for span in found), len(value)]
    gaps = zip(ends, starts, strict=True)
    between = [span for start, end in gaps for span in _between(value, start, end, kind)]
    return sorted([*found, *between], key=lambda span: span.start)


def _between(value: str, start: int, end: int, kind: str) -> Iterator[Span]:
    """What is no syntax between two places of a value."""
    for match in BETWEEN.finditer(value, start, end):
        found = _kind_between(match, kind)
        if found:
            yield Span(*match.span(), found)


def _kind_between(match: re.Match[str], kind: str) -> str:
    """What lies between; empty for syntax. The key of a link is syntax if it is no name."""
    if match["key"]:
        return OTHER if is_given_name(match["key"]) else ""
    if match["host"]:
        return HOST
    if match["name"] and kind in OF_PEOPLE and _looks_named(match):
        return NAME if " " in match["name"] else GIVEN_NAME
    return OTHER if match["name"] or match["other"] else ""


def _looks_named(match: re.Match[str]) -> bool:
    """Words with capitals are taken for a name, and any words before an address in brackets."""
    words, is_value = match["name"], match.string[: match.start()].endswith("=")
    if is_value or any(map(str.isdigit, words)):
        return False
    return not words.islower() or BRACKET.match(match.string, match.end()) is not None


def alone(part: str) -> str:
    """A part as it would be written by itself: an address without its percent signs."""
    return unquote(part) if ENCODED_AT in part else part


def like(part: str, fake: str) -> str:
    """A fake written as the part is."""
    return quote(fake, safe="") if ENCODED_AT in part else fake
