"""The shapes that `fake` and `pseudonym` can give a value: each a function of the values and their digests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from privaci_core.masks.pools import DEFAULT_LOCALE, pool

# (values, digest under a key of this provider's own or of another's, parameters) -> fakes
Digests = Callable[[pl.Series, str], pl.Series]
Provider = Callable[[pl.Series, Digests, dict[str, str]], pl.Series]

PASSWORD = "privaci-test-pw"  # noqa: S105 - the constant that the format promises
DOB_DAYS = 5 * 365
COUNTRY_CODE = r"^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})"
DOCUMENTATION_NETS = pl.Series(["192.0.2.", "198.51.100.", "203.0.113."])
TEST_BINS = pl.Series(["411111", "555555", "378282", "601111"])
AGENTS = pl.Series(
    [
        f"Mozilla/5.0 ({system}) {engine}"
        for system in ("X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
        for engine in ("Gecko/20100101 Firefox/128.0", "AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36")
    ]
)


# A number is cut out of the digest in words of this many hexadecimal digits: 48 bits, exact in an Int64.
WORD = 12
WORDS = 64 // WORD


def number(digests: pl.Series, below: int, word: int = 0) -> pl.Series:
    """A number in [0, below) out of one word of each digest; words are independent of one another."""
    if not 0 <= word < WORDS:
        raise ValueError(f"a digest has {WORDS} words")
    return digests.str.slice(word * WORD, WORD).str.to_integer(base=16, dtype=pl.Int64) % below


def pick(digests: pl.Series, pool: pl.Series, word: int = 0) -> pl.Series:
    """A member of the pool for each digest."""
    return pool.gather(number(digests, len(pool), word))


def pick_other(digests: pl.Series, pool: pl.Series, values: pl.Series, word: int = 0) -> pl.Series:
    """A member of the pool that is not the value itself, whatever its case: the next one where it would be."""
    places = number(digests, len(pool), word)
    same = pool.gather(places).str.to_lowercase().eq_missing(values.str.to_lowercase())
    return pool.gather((places + same.cast(pl.Int64)) % len(pool))


def _from_pool(kind: str, values: pl.Series, digests: Digests, params: dict[str, str]) -> pl.Series:
    words = pool(kind, params.get("locale", DEFAULT_LOCALE))
    return pick_other(digests(values, kind), words, values)


def _full_name(values: pl.Series, digests: Digests, params: dict[str, str]) -> pl.Series:
    """First and last part masked as `first_name` and `last_name` are: a person is the same in any column."""
    parts = values.to_frame("value").select(
        last=pl.col("value").str.extract(r"(\S+)\s*$"), first=pl.col("value").str.extract(r"^\s*(.*?)\s+\S+\s*$")
    )
    last = _from_pool("last_name", parts["last"].fill_null(""), digests, params)
    first = _from_pool("first_name", parts["first"].fill_null(""), digests, params)
    return (first + " " + last).zip_with(parts["first"].is_not_null(), last)


def _email(values: pl.Series, digests: Digests, params: dict[str, str]) -> pl.Series:
    """A name for the reader and 64 bits of digest for uniqueness, under a domain that can reach nobody."""
    lowered = values.str.to_lowercase()
    keyed = digests(lowered, "email")
    names = pick(keyed, pool("first_name"), 3).str.to_lowercase()
    return names + "." + keyed.str.slice(0, 16) + "@" + params.get("domain", "example.test")


def _username(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    keyed = digests(values.str.to_lowercase(), "username")
    return pick(keyed, pool("first_name"), 3).str.to_lowercase() + "_" + keyed.str.slice(0, 16)


def _phone(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    """The country code as it was, then 555 and seven digits: no subscriber has such a number."""
    code = values.str.extract(COUNTRY_CODE).fill_null("1")
    return "+" + code + "555" + _digits(digests(values, "phone"), 7)


def _address(values: pl.Series, digests: Digests, params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "address")
    locale = params.get("locale", DEFAULT_LOCALE)
    street = _digits(keyed, 3) + " " + pick(keyed, pool("street", locale), 1)
    return street + ", " + _digits(keyed, 5, 2) + " " + pick(keyed, pool("city", locale), 3)


def _street(values: pl.Series, digests: Digests, params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "street")
    return _digits(keyed, 3) + " " + pick(keyed, pool("street", params.get("locale", DEFAULT_LOCALE)), 1)


def _postcode(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    return _digits(digests(values, "postcode"), 5)


def _dob(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    """A day up to five years away, never the same; what is not a date becomes a date of the twentieth century."""
    keyed = digests(values, "dob")
    shift = number(keyed, 2 * DOB_DAYS) - DOB_DAYS
    shift = shift + (shift >= 0).cast(pl.Int64)
    known = values.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    days = known.cast(pl.Int32).cast(pl.Int64).fill_null(0)
    return (days + shift).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")


def _ip_address(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    """An address of the ranges kept for documentation, of the version that the input has."""
    keyed = digests(values, "ip_address")
    v4 = pick(keyed, DOCUMENTATION_NETS) + (number(keyed, 254, 1) + 1).cast(pl.String)
    v6 = "2001:db8::" + keyed.str.slice(0, 4) + ":" + keyed.str.slice(4, 4) + ":" + keyed.str.slice(8, 4)
    return v6.zip_with(values.str.contains(":", literal=True).fill_null(False), v4)


def _ssn(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    return "000-099-" + _digits(digests(values, "ssn"), 4)


def _credit_card(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "credit_card")
    body = pick(keyed, TEST_BINS, 3) + _digits(keyed, 9)
    return body + _luhn(body)


def _iban(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    """A German IBAN of a bank that does not exist (blz 00000000), with valid check digits."""
    account = _digits(digests(values, "iban"), 10)
    # The number to check is bank, account, "DE" as 1314, "00"; the bank is zero, so it fits an Int64.
    check = 98 - (account + "131400").cast(pl.Int64) % 97
    return "DE" + check.cast(pl.String).str.zfill(2) + "00000000" + account


def _uuid(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "uuid")
    variant = pick(keyed, pl.Series(["8", "9", "a", "b"]), 3)
    parts = (keyed.str.slice(0, 8), keyed.str.slice(8, 4), "4" + keyed.str.slice(12, 3))
    return (
        parts[0]
        + "-"
        + parts[1]
        + "-"
        + parts[2]
        + "-"
        + variant
        + keyed.str.slice(15, 3)
        + "-"
        + keyed.str.slice(18, 12)
    )


def _mac_address(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "mac_address")
    return "00:00:5e:00:53:" + keyed.str.slice(0, 2)


def _url(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    return "https://example.test/" + digests(values, "url").str.slice(0, 16)


def _user_agent(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    return pick_other(digests(values, "user_agent"), AGENTS, values)


def _license_plate(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    return "TEST-" + digests(values, "license_plate").str.slice(0, 6).str.to_uppercase()


def _lat_lon(values: pl.Series, digests: Digests, _params: dict[str, str]) -> pl.Series:
    keyed = digests(values, "lat_lon")
    latitude = number(keyed, 170_000_000) / 1e6 - 85
    longitude = number(keyed, 360_000_000, 1) / 1e6 - 180
    return latitude.round(6).cast(pl.String) + "," + longitude.round(6).cast(pl.String)


def _password(values: pl.Series, _digests: Digests, _params: dict[str, str]) -> pl.Series:
    return pl.repeat(PASSWORD, len(values), eager=True)


def _digits(digests: pl.Series, count: int, word: int = 0) -> pl.Series:
    return number(digests, 10**count, word).cast(pl.String).str.zfill(count)


def _luhn(body: pl.Series) -> pl.Series:
    """The last digit that makes a card number of sixteen valid."""
    total = pl.repeat(0, len(body), dtype=pl.Int64, eager=True)
    for place in range(15):
        figure = body.str.slice(place, 1).cast(pl.Int64, strict=False)
        doubled = figure * (2 if place % 2 == 0 else 1)
        total = total + doubled - 9 * (doubled > 9).cast(pl.Int64)  # noqa: PLR2004 - Luhn's own digit sum
    return ((10 - total % 10) % 10).cast(pl.String)


PROVIDERS: dict[str, Provider] = {
    "first_name": partial(_from_pool, "first_name"),
    "last_name": partial(_from_pool, "last_name"),
    "full_name": _full_name,
    "email": _email,
    "phone": _phone,
    "street": _street,
    "city": partial(_from_pool, "city"),
    "postcode": _postcode,
    "country": partial(_from_pool, "country"),
    "address": _address,
    "dob": _dob,
    "ip_address": _ip_address,
    "ssn": _ssn,
    "credit_card": _credit_card,
    "iban": _iban,
    "mac_address": _mac_address,
    "url": _url,
    "user_agent": _user_agent,
    "license_plate": _license_plate,
    "lat_lon": _lat_lon,
    "uuid": _uuid,
    "company": partial(_from_pool, "company"),
    "job_title": partial(_from_pool, "job_title"),
    "username": _username,
    "password": _password,
}
