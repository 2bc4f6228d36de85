"""The registry of the providers of `fake` and `pseudonym`: one entry says all about a provider.

The policy file's schema, the masks, the reference and detection read it, or a test compares them
with it. It lies here because masks may import the policy and not the other way round; so an entry
names the function that makes its fakes, as an entry point does.
"""

from __future__ import annotations

from dataclasses import dataclass

from privaci_core.policy.plugins import PROVIDER_PLUGINS, installed

DATES = ("date", "timestamp", "timestamptz")
NAMED = ("locale", "case")
HASH_UUID_OR_FPE = "Use hash, uuid or fpe."


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider makes, by which function, and which columns can hold it."""

    name: str
    makes: str
    """What the reference says about its fakes."""
    maker: str
    """`module.function` in `privaci_core.masks.fakes`."""
    params: tuple[str, ...] = ("locale",)
    types: tuple[str, ...] = ()
    """The types it can fill besides text."""
    fractions: tuple[str, ...] = ()
    """The types of numbers that it fills as they are, not by the digits of a text."""
    largest: int | None = None
    """The greatest number that its digits write; None where a column of numbers cannot hold it."""
    length: int = 0
    """The characters that a text column must have room for; 0 where the maker fits its fakes."""
    instead: str | None = None
    """What to use in a unique column; None where its fakes stay unique."""
    constant: bool = False
    """Whether equal fakes say nothing, so that a value may be its own fake."""
    unique_types: tuple[str, ...] = ()
    """The types in which its fakes stay unique, if they do not in text."""


# In the order in which the reference lists them.
REGISTRY: tuple[Provider, ...] = (
    Provider(name="first_name", makes="a given name", maker="names.first_name", params=NAMED),
    Provider(name="last_name", makes="a family name", maker="names.last_name", params=NAMED),
    Provider(
        name="full_name", makes="a given and a family name", maker="names.full_name", params=NAMED
    ),
    Provider(
        name="email",
        makes="`local@domain` under a reserved domain, or under `params.domain`",
        maker="contact.email",
        params=("domain", "locale", "around"),
    ),
    Provider(
        name="phone",
        makes="an E.164 test number; a leading country code is kept",
        maker="phones.phone",
        params=("locale", "around"),
        largest=15_559_999_999,
        length=7,
    ),
    Provider(name="street", makes="a street and house number", maker="postal.street"),
    Provider(name="city", makes="a city", maker="postal.city"),
    Provider(
        name="postcode",
        makes="a postal code",
        maker="postal.postcode",
        params=("locale", "form"),
        largest=99_999,
    ),
    Provider(name="country", makes="a country", maker="postal.country"),
    Provider(name="address", makes="a postal address on one line", maker="postal.address"),
    Provider(
        name="dob",
        makes="an ISO date within 5 years of the input",
        maker="birth.dob",
        types=DATES,
        length=10,
        instead="Use hash on a date column.",
        unique_types=DATES,
    ),
    Provider(
        name="ip_address",
        makes="an address of the documentation ranges (RFC 5737, RFC 3849)",
        maker="network.ip_address",
        params=("locale", "around"),
        types=("inet", "cidr"),
        length=15,
    ),
    Provider(
        name="ssn",
        makes="`000-099-XXXX`, a number that is never issued",
        maker="identity.ssn",
        params=("locale", "form"),
        largest=999_999,
        length=9,
    ),
    Provider(
        name="credit_card",
        makes="a Luhn-valid number of a test BIN",
        maker="finance.credit_card",
        largest=9_999_999_999_999_999,
        length=16,
    ),
    Provider(name="iban", makes="an IBAN with valid check digits", maker="finance.iban", length=22),
    Provider(
        name="mac_address",
        makes="a MAC address of the documentation range",
        maker="network.mac_address",
        params=("locale", "around"),
        types=("macaddr", "macaddr8"),
        length=17,
        instead="Use hash, or fpe with alphabet hex.",
    ),
    Provider(name="url", makes="a URL under a reserved domain", maker="contact.url"),
    Provider(name="user_agent", makes="a browser's user agent", maker="network.user_agent"),
    Provider(
        name="license_plate",
        makes="a vehicle's licence plate",
        maker="identity.license_plate",
        length=8,
    ),
    Provider(
        name="lat_lon",
        makes="a latitude and a longitude; in numbers and points one within `params.distance` km",
        maker="places.lat_lon",
        params=("distance", "locale"),
        types=("point", "geometry", "geography"),
        fractions=("numeric", "float4", "float8"),
        length=22,
        instead=HASH_UUID_OR_FPE,
    ),
    Provider(
        name="uuid",
        makes="a UUID of version 4 layout",
        maker="identity.uuid",
        types=("uuid",),
        length=32,
    ),
    Provider(name="company", makes="a company's name", maker="work.company"),
    Provider(name="job_title", makes="a job title", maker="work.job_title"),
    Provider(name="username", makes="a login name", maker="contact.username"),
    Provider(
        name="password",
        makes="always `privaci-test-pw`",
        maker="passwords.password",
        length=15,
        instead=HASH_UUID_OR_FPE,
        constant=True,
    ),
    Provider(
        name="password_hash",
        makes="the hash of `privaci-test-pw` in the form of each hash",
        maker="passwords.password_hash",
        length=15,
        instead=HASH_UUID_OR_FPE,
        constant=True,
    ),
    Provider(
        name="token",
        makes="a token with the same prefix, length and kinds of letters",
        maker="tokens.token",
    ),
)
# Providers whose fakes show a given name and are told apart: one of them decides about names.
ANCHORS = ("email", "username")
# Providers whose fakes may agree with those of an anchor in their row.
NAMES = ("first_name", "last_name", "full_name")
OF_PERSONA = (*NAMES, *ANCHORS)
PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in REGISTRY}


def anchors_of(provider: str) -> tuple[str, ...]:
    """The providers of the columns that may decide about a fake's person."""
    return (*ANCHORS, "first_name", "full_name") if provider in ANCHORS else ANCHORS


def known_providers() -> frozenset[str]:
    """The built-in names and those of the installed plugins."""
    return frozenset(PROVIDERS) | installed(PROVIDER_PLUGINS)
