"""Makes telephone numbers: never issued ones, or in a unique column others of the same form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.keyed.format_preserving import encrypt
from privaci_core.masks.keyed.numerals import DIGITS, MOST_DIGITS, by_digits, in_groups, numerals

if TYPE_CHECKING:
    from privaci_core.masks.fakes.request import Make, Request

# The country codes of E.164, by their first digits.
CODES = r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}"
COUNTRY_CODE = rf"^\s*(?:\+|00)\s*({CODES})"
# The country code of a number without blanks lies in its first five characters.
COUNTRY_HEAD = 5
AMERICA = "1"
LINE_DIGITS = 7
# A prefix is a plus sign, a country code of at most three digits and an area of three.
LONGEST = len("+420000") + LINE_DIGITS
# Area and line, without a country.
NATIONAL = 3 + LINE_DIGITS
# Numbers of fewer digits, as extensions, have no parts that are kept.
FEWEST_DIGITS = 7
# What is kept before the rest of a number: a country's code, or the zero of a long-distance call.
ABROAD_HEAD, HOME_HEAD = rf"^({CODES})", rf"^(00(?:{CODES})|0?)"


def phone(request: Request) -> Make:
    """The country code as it was, and a number never issued: area 555 in America, else 000."""
    if request.shape.unique:
        return _unique_phone(request)
    room = request.shape.room
    if room is not None and room < LONGEST:
        return _short_phone(request, room)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = request.draw("phone", values, attempt).digits(LINE_DIGITS)
        return _prefix(values) + fixed_width(digits)

    return made


def _short_phone(request: Request, room: int) -> Make:
    """The same where it fits, else the number without its country, or the end of that."""

    def made(values: pl.Series, attempt: int) -> pl.Series:
        digits = fixed_width(request.draw("phone", values, attempt).digits(LINE_DIGITS))
        full = _prefix(values) + digits
        national = (full.str.slice(-NATIONAL, 3) + digits).str.tail(room)
        return request.fitted(full, national)

    return made


def _unique_phone(request: Request) -> Make:
    """Another number with the same country code, length and separators; it may be issued.

    There are too few numbers that are never issued to give each number one of them.
    """
    key = request.key("phone")
    short, home = encrypt(DIGITS, key + b"short"), numerals(key + b"home")
    after_zero = encrypt(DIGITS, key + b"zero")

    def behind(digits: pl.Series) -> pl.Series:
        """What follows a kept head; a zero in front stays one, so that a head stays a head."""
        zero = digits.str.starts_with("0")
        after = [(zero, lambda rest: "0" + after_zero(rest.str.slice(1))), (~zero, home)]
        return in_groups(digits, after)

    def full(digits: pl.Series, head: str) -> pl.Series:
        heads = digits.str.extract(head)
        return heads + behind(digits.str.slice(heads.str.len_chars()))

    def permuted(values: pl.Series, digits: pl.Series) -> pl.Series:
        counts = digits.str.len_chars()
        is_long = counts.is_between(FEWEST_DIGITS, MOST_DIGITS)
        abroad = values.str.contains(r"^\s*\+")
        by_head = [
            (is_long & abroad, lambda rest: full(rest, ABROAD_HEAD)),
            (is_long & ~abroad, lambda rest: full(rest, HOME_HEAD)),
            (~is_long, short),
        ]
        return in_groups(digits, by_head)

    masked = by_digits(permuted, key)
    return lambda values, _attempt: masked(values)


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
