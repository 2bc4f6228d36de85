"""Binds `fake` and `pseudonym`: which provider makes what, and what it can make for which type of column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.distinct import never_itself
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.base.pools import LOCALES
from privaci_core.masks.base.shape import ADDRESSES, DATES, HARDWARE, INTEGERS, Shape, Unbindable
from privaci_core.masks.fakes.birth import dob
from privaci_core.masks.fakes.contact import email, phone, url, username
from privaci_core.masks.fakes.finance import credit_card, iban
from privaci_core.masks.fakes.identity import lat_lon, license_plate, password, ssn, uuid
from privaci_core.masks.fakes.labels import other_label
from privaci_core.masks.fakes.names import first_name, full_name, last_name
from privaci_core.masks.fakes.network import ip_address, mac_address, user_agent
from privaci_core.masks.fakes.postal import address, city, country, postcode, street
from privaci_core.masks.fakes.request import Make, Want, one_of
from privaci_core.masks.keyed.digest import digest
from privaci_core.policy.providers import PROVIDERS as PLUGINS

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask

Provider = Callable[[Want], Make]
# What a plugin brings: distinct values, none NULL or empty, and 64 hexadecimal digits for each -> fakes.
Brought = Callable[[pl.Series, pl.Series], pl.Series]

PROVIDERS: dict[str, Provider] = {
    "first_name": first_name,
    "last_name": last_name,
    "full_name": full_name,
    "email": email,
    "phone": phone,
    "street": street,
    "city": city,
    "postcode": postcode,
    "country": country,
    "address": address,
    "dob": dob,
    "ip_address": ip_address,
    "ssn": ssn,
    "credit_card": credit_card,
    "iban": iban,
    "mac_address": mac_address,
    "url": url,
    "user_agent": user_agent,
    "license_plate": license_plate,
    "lat_lon": lat_lon,
    "uuid": uuid,
    "company": partial(one_of, "company", "company"),
    "job_title": partial(one_of, "job_title", "job_title"),
    "username": username,
    "password": password,
}
# What a column that is not text can take, besides text's own way of writing it.
BY_TYPE: dict[str, str] = (
    dict.fromkeys(DATES, "dob")
    | dict.fromkeys(ADDRESSES, "ip_address")
    | dict.fromkeys(HARDWARE, "mac_address")
    | {"uuid": "uuid"}
)
# Providers whose fakes are digits, and the greatest number that they can be.
DIGITS = {"postcode": 10**5 - 1, "ssn": 999_999, "phone": 15_559_999_999, "credit_card": 10**16 - 1}


def fake(provider: str, want: Want) -> Mask:
    """The mask of a provider for a column; values that it would leave as they are it draws again."""
    if want.locale not in LOCALES:
        raise Unbindable(
            f"there are no words of the locale {want.locale}", f"Use one of: {', '.join(LOCALES)}."
        )
    shape = want.shape
    if shape.labels:
        return other_label(shape, want.key(provider))
    if shape.type_name in INTEGERS or shape.type_name == "numeric":
        return _digits(provider, want)
    if not shape.is_text and BY_TYPE.get(shape.type_name) != provider:
        possible = BY_TYPE.get(shape.type_name)
        remedy = f"Use the provider {possible}." if possible else "Use static, null or passthrough."
        raise Unbindable(
            f"a {shape.type_name} cannot hold a fake of the provider {provider}", remedy
        )
    if provider in PROVIDERS:
        make = PROVIDERS[provider](want)
        return (lambda values: make(values, 0)) if provider == "password" else never_itself(make)
    return _of_plugin(provider, want)


def _digits(provider: str, want: Want) -> Mask:
    """The digits of a fake as a number, for columns that hold telephone numbers and the like as such."""
    shape = want.shape
    if provider not in DIGITS or shape.unique:
        why = "a number" if provider not in DIGITS else "a unique number"
        raise Unbindable(
            f"{why} cannot be a fake of the provider {provider}",
            "Use hash, which keeps keys unique.",
        )
    whole = None if shape.precision is None else 10 ** (shape.precision - (shape.scale or 0)) - 1
    highest = INTEGERS.get(shape.type_name, whole)
    if highest is not None and DIGITS[provider] > highest:
        raise Unbindable(
            f"a fake of the provider {provider} is too large for the column",
            "Widen it, or use hash.",
        )
    make = PROVIDERS[provider](replace(want, shape=Shape()))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        return make(values, attempt).str.replace_all(r"\D", "").cast(pl.Int64).cast(pl.String)

    return never_itself(made)


def _of_plugin(provider: str, want: Want) -> Mask:
    """A provider that somebody else brought: a function of values and their digests."""
    if want.shape.unique:
        raise Unbindable(
            f"the provider {provider} does not promise to stay unique", "Use hash, uuid or fpe."
        )
    brought: Brought = loaded(PLUGINS, provider)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        fakes = brought(values, digest(values, derive(want.root, provider, want.alias, attempt)))
        return fakes if want.shape.room is None else fakes.str.head(want.shape.room)

    return never_itself(made)
