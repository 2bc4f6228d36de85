"""Lists where the demo company holds personal values, to judge detection and checks by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A column, or a path in a JSON column, that holds personal data."""

    table: str
    column: str
    kind: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A personal value that the generator wrote into a free text."""

    table: str
    column: str
    row: str
    kind: str
    value: str


# Table -> column -> kind.
COLUMNS: dict[str, dict[str, str]] = {
    "public.organization": {"billing_email": "email", "tax_number": "tax_number"},
    "public.app_user": {
        "full_name": "full_name",
        "email": "email",
        "phone": "phone",
        "password_hash": "password",
        "aliases": "full_name",
        "last_login_ip": "ip_address",
    },
    "public.ticket": {"subject": "free_text"},
    "public.ticket_message": {"author_email": "email", "body": "free_text"},
    "public.invoice": {"billing_name": "full_name", "billing_address": "address", "iban": "iban"},
    "public.event": {"client_ip": "ip_address", "url": "url"},
    "clinical.patient": {
        "first_name": "first_name",
        "last_name": "last_name",
        "full_name": "full_name",
        "date_of_birth": "dob",
        "medical_record_number": "record_number",
        "ssn": "ssn",
        "email": "email",
        "phone": "phone",
        "street": "street",
        "city": "city",
        "postcode": "postcode",
        "emergency_contact": "full_name",
    },
    "clinical.practitioner": {"license_number": "license_number"},
    "clinical.visit": {"note": "free_text"},
    "auth.session": {"token": "secret", "ip": "ip_address", "mac": "mac_address"},
    "auth.login_attempt": {"email": "email", "ip": "ip_address"},
    "auth.api_key": {"owner_email": "email", "secret_hash": "password"},
}
PATHS: dict[tuple[str, str], dict[str, str]] = {
    ("public.organization", "settings"): {
        "$.contact.name": "full_name",
        "$.contact.email": "email",
    },
    ("public.event", "payload"): {"$.user.email": "email", "$.user.name": "full_name"},
    ("clinical.patient", "insurance"): {
        "$.holder.name": "full_name",
        "$.holder.phones[*]": "phone",
    },
    ("audit_internal.change_log", "content"): {
        "$.full_name": "full_name",
        "$.email": "email",
        "$.phone": "phone",
    },
}
# Columns that look personal and are not: detection must not mask them.
LOOK_ALIKES = (
    ("public.organization", "name"),
    ("public.team", "name"),
    ("public.product", "name"),
    ("public.product", "description"),
    ("public.maintenance_window", "reason"),
    ("clinical.clinic", "name"),
    ("clinical.diagnosis", "name"),
    ("clinical.prescription", "drug_name"),
)
# Free text -> the query that pairs each of its rows with the person it is about.
TEXTS = {
    ("clinical.visit", "note"): (
        """SELECT visit.id::text, visit.note, person.full_name, person.last_name,
                  person.date_of_birth::text, person.phone, person.medical_record_number::text
           FROM clinical.visit JOIN clinical.patient AS person ON person.id = visit.patient_id""",
        ("full_name", "last_name", "dob", "phone", "record_number"),
    ),
    ("public.ticket_message", "body"): (
        """SELECT message.id::text, message.body, person.full_name, person.phone,
                  person.email::text
           FROM public.ticket_message AS message
           JOIN public.app_user AS person
             ON pg_catalog.lower(person.email::text) = message.author_email""",
        ("full_name", "phone", "email"),
    ),
}


def answer_key() -> tuple[Personal, ...]:
    """Every personal column and JSON path of the demo company."""
    columns = (
        Personal(table=table, column=column, kind=kind)
        for table, kinds in COLUMNS.items()
        for column, kind in kinds.items()
    )
    paths = (
        Personal(table=table, column=column, kind=kind, path=path)
        for (table, column), kinds in PATHS.items()
        for path, kind in kinds.items()
    )
    return (*columns, *paths)


def planted(connection: Connection) -> Iterator[Planted]:
    """The personal values in the free texts of a filled source, text by text."""
    for (table, column), (query, kinds) in TEXTS.items():
        for row, text, *values in connection.execute(sql.SQL(query)):
            for kind, value in zip(kinds, values, strict=True):
                if value and value in text:
                    yield Planted(table=table, column=column, row=row, kind=kind, value=value)
