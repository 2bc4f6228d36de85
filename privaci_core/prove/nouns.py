"""Names what masked columns hold in plain words, one and many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.policy.replace import Fake, Pseudonym

if TYPE_CHECKING:
    from privaci_core.plan.plan import ColumnPlan

VALUES = ("value", "values")
# By provider, and by the kind that detection finds.
NOUNS = {
    "email": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "full_name": ("name of a person", "names of people"),
    "first_name": ("given name", "given names"),
    "last_name": ("family name", "family names"),
    "street": ("street address", "street addresses"),
    "address": ("postal address", "postal addresses"),
    "city": ("city", "cities"),
    "country": ("country", "countries"),
    "postcode": ("postal code", "postal codes"),
    "dob": ("date of birth", "dates of birth"),
    "ip_address": ("IP address", "IP addresses"),
    "mac_address": ("MAC address", "MAC addresses"),
    "ssn": ("social security number", "social security numbers"),
    "npi": ("provider number (NPI)", "provider numbers (NPI)"),
    "credit_card": ("card number", "card numbers"),
    "iban": ("IBAN", "IBANs"),
    "url": ("URL", "URLs"),
    "user_agent": ("browser's user agent", "browsers' user agents"),
    "license_plate": ("license plate", "license plates"),
    "lat_lon": ("place on the map", "places on the map"),
    "uuid": ("UUID", "UUIDs"),
    "company": ("company's name", "names of companies"),
    "job_title": ("job title", "job titles"),
    "username": ("login name", "login names"),
    "password": ("password", "passwords"),
    "record_number": ("record number", "record numbers"),
    "free_text": ("text about people", "texts about people"),
}


def noun_of(column: ColumnPlan | None) -> tuple[str, str]:
    """What a masked column holds, as far as its fakes tell."""
    if column is None or not isinstance(column.action, Fake | Pseudonym):
        return VALUES
    return NOUNS.get(column.action.provider, VALUES)


def plural_of(kind: str) -> str:
    """What a column holds that seems to be of a kind."""
    return NOUNS[kind][1] if kind in NOUNS else f"values of the kind {kind.replace('_', ' ')}"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many}"
