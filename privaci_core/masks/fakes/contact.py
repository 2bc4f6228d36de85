"""Makes addresses at which nobody is reached: e-mail, telephone, user names and links."""

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
    from privaci_core.masks.fakes.request import Make, Want

DOMAIN = "example.test"
LINK = f"https://{DOMAIN}/"
# A code of fewer letters would give two people one address too soon, even where a column is not unique.
LEAST_CODE = 6
# The country codes of E.164, by their first digits.
COUNTRY_CODE = r"^\s*(?:\+|00)\s*(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})"
# So many letters show the code of a number without blanks; more would tell numbers apart for nothing.
COUNTRY_HEAD = 5
AMERICA = "1"
E164 = r"^\+[1-9][0-9]{6,14}$"
PHONE_DIGITS = 7
LONGEST_PHONE = 1 + 3 + 3 + PHONE_DIGITS
# More than 64 bits: what stands for seven digits where no two may be alike and the input is no E.164 number.
UNIQUE_DIGITS = 20


def email(want: Want) -> Make:
    """A given name for the reader and a code for uniqueness, under a domain that exists for tests."""
    domain = "@" + want.params.get("domain", DOMAIN)
    return _coded("email", want, ".", domain)


def username(want: Want) -> Make:
    """A given name and a code."""
    return _coded("username", want, "_", "")


def url(want: Want) -> Make:
    """A link under a domain that exists for tests."""
    length = _code_length("url", want, len(LINK))
    return lambda values, attempt: LINK + want.draw("url", values, attempt).code().str.head(length)


def phone(want: Want) -> Make:
    """The country code as it was, and a number that no network gives out: area 555 in America, 000 elsewhere."""
    if want.shape.unique:
        return _unique_phone(want)
    want.need("phone", LONGEST_PHONE)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = want.draw("phone", values, attempt).digits(PHONE_DIGITS)
        return _prefix(values) + fixed_width(digits)

    return made


def _unique_phone(want: Want) -> Make:
    """An E.164 number keeps its length behind the prefix, encrypted; anything else gets digits enough to be alone."""
    longest = len("+1555") + UNIQUE_DIGITS
    if not want.shape.holds(longest):
        raise Unbindable(
            f"a unique phone number has {longest} characters, the column holds {want.shape.room}",
            "Use fpe, which keeps the length, or widen the column.",
        )
    rest = encrypt("0123456789", want.key("phone"))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw("phone", values, attempt)
        coded = fixed_width(
            b"+1555", drawn.digits(UNIQUE_DIGITS // 2), drawn.digits(UNIQUE_DIGITS // 2, 2)
        )
        known = values.str.contains(E164)
        numbers = values.filter(known)
        behind = numbers.str.slice(numbers.str.extract(COUNTRY_CODE).str.len_chars() + 1)
        return (
            coded.scatter(known.arg_true(), _prefix(numbers) + rest(behind))
            if len(numbers)
            else coded
        )

    return made


def _prefix(values: pl.Series) -> pl.Series:
    """A plus sign, the country code, and the area that no network has; few numbers differ in how they begin."""
    coded = large_text(values.str.head(COUNTRY_HEAD)).dictionary_encode()
    begun = [_begun(head) for head in coded.dictionary.to_pylist()]
    places = pl.Series(coded.indices)
    prefixes = pl.Series(begun, dtype=pl.String).gather(places)
    if None not in begun:
        return prefixes
    asked = prefixes.is_null().arg_true()
    codes = values.gather(asked).str.extract(COUNTRY_CODE).fill_null(AMERICA)
    return prefixes.scatter(asked, pl.Series(map(_area, codes.to_list())))


@lru_cache(maxsize=4096)
def _begun(head: str) -> str | None:
    """The prefix of every number that begins so, or nothing where more of it must be seen."""
    if not head.isascii() or not head.isprintable():
        return None
    found = re.match(COUNTRY_CODE, head)
    if found is None:
        return None if head.startswith((" ", "+", "00")) else _area(AMERICA)
    return _area(found[1])


def _area(code: str) -> str:
    return f"+{code}555" if code == AMERICA else f"+{code}000"


def _coded(provider: str, want: Want, joint: str, end: str) -> Make:
    names = pool("first_name").str.to_lowercase()
    length = _code_length(provider, want, len(end))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw(provider, values, attempt)
        code = drawn.code()
        full = pl.select(
            pl.concat_str(drawn.pick(names), pl.lit(joint), code, pl.lit(end))
        ).to_series()
        return want.fitted(full, code.str.head(length) + end)

    return made


def _code_length(provider: str, want: Want, beside: int) -> int:
    """How many letters of the code fit beside the rest; in a unique column all of them must."""
    least = CODE_LENGTH if want.shape.unique else LEAST_CODE
    want.need(provider, beside + least)
    return CODE_LENGTH if want.shape.room is None else min(CODE_LENGTH, want.shape.room - beside)
