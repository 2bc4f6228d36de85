"""Names the built-in providers of `fake` and `pseudonym`, and what plugins add to them and to the actions."""

from __future__ import annotations

from importlib.metadata import entry_points

# The groups of entry points that plugins are found by.
PROVIDERS, REFINERS, MASKS = "privaci.providers", "privaci.refiners", "privaci.masks"

# Name and shape, in the order in which the reference lists them.
BUILT_IN: dict[str, str] = {
    "first_name": "a given name",
    "last_name": "a family name",
    "full_name": "a given and a family name",
    "email": "`local@domain` under a reserved domain, or under `params.domain`",
    "phone": "an E.164 test number; a leading country code is kept",
    "street": "a street and house number",
    "city": "a city",
    "postcode": "a postal code",
    "country": "a country",
    "address": "a postal address on one line",
    "dob": "an ISO date within 5 years of the input",
    "ip_address": "an address of the documentation ranges (RFC 5737, RFC 3849)",
    "ssn": "`000-099-XXXX`, a number that is never issued",
    "credit_card": "a Luhn-valid number of a test BIN",
    "iban": "an IBAN with valid check digits",
    "mac_address": "a MAC address of the documentation range",
    "url": "a URL under a reserved domain",
    "user_agent": "a browser's user agent",
    "license_plate": "a vehicle's licence plate",
    "lat_lon": "a latitude and a longitude",
    "uuid": "a UUID of version 4 layout",
    "company": "a company's name",
    "job_title": "a job title",
    "username": "a login name",
    "password": "always `privaci-test-pw`",
}
PARAMS: dict[str, tuple[str, ...]] = dict.fromkeys(BUILT_IN, ("locale",)) | {
    "email": ("domain", "locale")
}


def known_providers() -> frozenset[str]:
    """The built-in names and those of the installed plugins; no plugin is imported for it."""
    return frozenset(BUILT_IN) | _installed(PROVIDERS)


def known_refiners() -> frozenset[str]:
    """The installed plugins of `ai_refine`."""
    return _installed(REFINERS)


def known_masks() -> frozenset[str]:
    """The installed plugins of `plugin`."""
    return _installed(MASKS)


def _installed(group: str) -> frozenset[str]:
    return frozenset(plugin.name for plugin in entry_points(group=group))
