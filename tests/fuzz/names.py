"""Draws names that Postgres takes: ordinary ones, and all that SQL, shells and pages trip over."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

NAME_BYTES = 63
ORDINARY = ("person", "order_line", "amount", "note", "created_at", "kind", "parent_id", "code")
ODD = (
    "order lines",
    "größe",
    "Grün",
    "{brace}",
    "заказ",
    "注文",
    "a-b",
    "a_b",
    "a__b.c",
    "a.b__c",
    "100%",
    "%s",
    "%(name)s",
    "select",
    "user",
    "table",
    'say "hi"',
    "it's",
    "back\\slash",
    "semi;colon",
    "--dash",
    "-f",
    "$1",
    "$$body$$",
    ":colon",
    "::text",
    "new\nline",
    "tab\there",
    "carriage\rreturn",
    " leading",
    "trailing ",
    "<b>&amp;",
    "`tick`",
    "a|b",
    "*",
    "[x](y)",
    "#hash",
    "@at",
    "/slash/",
    "..",
    "a" * NAME_BYTES,
    "ü" * 31,
    "😀",
    "e\u0301",
    "\u202eright",
    "\u00a0nbsp",
    "\ufeffbom",
    "null",
    "ctid2",
    "pg_like",
    "; Type: TABLE; Schema: public; Owner: -",
    "-- TOC entry 1",
)


def any_name(random: Random) -> str:
    """A name, of any kind."""
    kind = random.random()
    if kind < 0.45:
        return random.choice(ORDINARY)
    if kind < 0.85:
        return random.choice(ODD)
    return _unicode_name(random)


def new_name(random: Random, taken: set[str]) -> str:
    """A name that is not taken yet, which takes it."""
    name = any_name(random)
    while name in taken:
        # A suffix that fits, whatever the name's length is.
        suffix = f"_{random.randrange(1000)}"
        name = _cut(name, NAME_BYTES - len(suffix)) + suffix
    taken.add(name)
    return name


def quoted(*names: str) -> str:
    """A name with its schema, as SQL quotes it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """A text as SQL writes it, whatever standard_conforming_strings is."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"E'{escaped}'"


def _unicode_name(random: Random) -> str:
    """Characters from all of Unicode but NUL and surrogates."""
    drawn = [_character(random) for _ in range(random.randint(1, 12))]
    return _cut("".join(drawn), NAME_BYTES) or "x"


def _character(random: Random) -> str:
    while True:
        character = chr(random.choice((random.randrange(1, 0x250), random.randrange(1, 0x110000))))
        if unicodedata.category(character) != "Cs":
            return character


def _cut(name: str, size: int) -> str:
    return name.encode()[:size].decode(errors="ignore")
