"""Makes e-mail addresses, telephone numbers, user names and links that reach no person."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width, large_text
from privaci_core.masks.base.pools import pool
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.keyed.digest import CODE_LENGTH
from privaci_core.masks.keyed.format_preserving import encrypt

if TYPE_CHECKING:
    from privaci_core.masks.fakes.request import Make, Request

DOMAIN = "example.test"
LINK = f"https://{DOMAIN}/"
# A shorter code would give two people the same address too soon, even where a column may repeat.
LEAST_CODE = 6
# The country codes of E.164, by their first digits.
COUNTRY_CODE = r"^\s*(?:\+|00)\s*(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})"
# The country code of a number without blanks lies in its first five characters.
COUNTRY_HEAD = 5
AMERICA = "1"
E164 = r"^\+[1-9][0-9]{6,14}$"
PHONE_DIGITS = 7
# More than 64 bits: replaces the seven digits in a unique column for text that is not E.164.
UNIQUE_DIGITS = 20


def email(request: Request) -> Make:
    """A given name for the reader and a code for uniqueness, under a domain reserved for tests."""
    domain = "@" + request.params.get("domain", DOMAIN)
    return _coded("email", request, ".", domain)


def username(request: Request) -> Make:
    """A given name and a code."""
    return _coded("username", request, "_", "")


def url(request: Request) -> Make:
    """A link under a domain reserved for tests."""
    length = _code_length("url", request, len(LINK))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        code = request.draw("url", values, attempt).code()
        return LINK + code.str.head(length)

    return made


def phone(request: Request) -> Make:
    """The country code as it was, and a number never issued: area 555 in America, else 000."""
    if request.shape.unique:
        return _unique_phone(request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = request.draw("phone", values, attempt).digits(PHONE_DIGITS)
        return _prefix(values) + fixed_width(digits)

    return made


def _unique_phone(request: Request) -> Make:
    """Encrypts an E.164 number behind its prefix; other text gets enough digits to be unique."""
    longest = len("+1555") + UNIQUE_DIGITS
    if not request.shape.holds(longest):
        raise Unbindable(
            f"a unique phone number has {longest} characters,"
            f" the column holds {request.shape.room}",
            "Use fpe, which keeps the length, or widen the column.",
        )
    rest = encrypt("0123456789", request.key("phone"))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("phone", values, attempt)
        half = UNIQUE_DIGITS // 2
        coded = fixed_width(b"+1555", drawn.digits(half), drawn.digits(half, 2))
        is_e164 = values.str.contains(E164)
        numbers = values.filter(is_e164)
        if not len(numbers):
            return coded
        code = numbers.str.extract(COUNTRY_CODE)
        behind = numbers.str.slice(code.str.len_chars() + 1)
        return coded.scatter(is_e164.arg_true(), _prefix(numbers) + rest(behind))

    return made


def _prefix(values: pl.Series) -> pl.Series:
    """A plus sign, the country code and the unissued area, by a number's first characters."""
    coded = large_text(values.str.head(COUNTRY_HEAD)).dictionary_encode()
    by_head = [_prefix_of(head) for head in coded.dictionary.to_pylist()]
    prefixes = pl.Series(by_head, dtype=pl.String).gather(pl.Series(coded.indices))
    if None not in by_head:
        return prefixes
    unsettled = prefixes.is_null().arg_true()
    codes = values.gather(unsettled).str.extract(COUNTRY_CODE).fill_null(AMERICA)
    return prefixes.scatter(unsettled, pl.Series(map(_area, codes.to_list())))


@lru_cache(maxsize=4096)
def _prefix_of(head: str) -> str | None:
    """The prefix for every number with these first characters; None where they do not settle it."""
    # Python and polars do not agree about every blank.
    if not head.isprintable():
        return None
    found = re.match(COUNTRY_CODE, head)
    if found is None:
        return None if head.startswith((" ", "+", "00")) else _area(AMERICA)
    return _area(found[1])


def _area(code: str) -> str:
    return f"+{code}555" if code == AMERICA else f"+{code}000"


def _coded(provider: str, request: Request, joint: str, end: str) -> Make:
    names = pool("first_name").str.to_lowercase()
    length = _code_length(provider, request, len(end))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw(provider, values, attempt)
        code = drawn.code()
        parts = (drawn.pick(names), pl.lit(joint), code, pl.lit(end))
        full = pl.select(pl.concat_str(*parts)).to_series()
        return request.fitted(full, code.str.head(length) + end)

    return made


def _code_length(provider: str, request: Request, beside: int) -> int:
    """How many letters of the code fit beside the rest; a unique column must hold all of them."""
    least = CODE_LENGTH if request.shape.unique else LEAST_CODE
    request.need(provider, beside + least)
    room = request.shape.room
    return CODE_LENGTH if room is None else min(CODE_LENGTH, room - beside)
