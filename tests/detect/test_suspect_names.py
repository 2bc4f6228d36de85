"""How a column's name and type make it suspected."""

from __future__ import annotations

import pytest
from builders.suspected import suspected

from privaci_core.detect.column_names import KINDS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("column", "kind", "confidence"),
    [
        ("contact_email text", "email", "high"),
        ("email bool", None, None),
        ("password_hash bytea", "password", "high"),
        ("mobile int8", "phone", "medium"),
        ("phoneNumber text", "phone", "high"),
        ("fax_no text", "phone", "high"),
        ("part_number text", None, None),
        ("born date", "dob", "high"),
        ("client_ip text", "ip_address", "high"),
        ("origin inet", "ip_address", "high"),
        ("net cidr", "ip_address", "high"),
        ("hardware macaddr", "mac_address", "high"),
        ("hardware macaddr8", "mac_address", "high"),
        ("patient_name text", "full_name", "high"),
        ("name text", "full_name", "low"),
        ("product_name text", None, None),
        ("user_agent text", "user_agent", "high"),
        ("home_page_url text", "url", "medium"),
        ("mrn text", "record_number", "high"),
        ("mrn int8", "record_number", "medium"),
        ("ssn int4", "ssn", "medium"),
        ("card_number numeric", "credit_card", "medium"),
        ("mac text", "mac_address", "high"),
        ("zip int4", "postcode", "low"),
        ("latitude numeric", "lat_lon", "low"),
        ("geo point", "lat_lon", "low"),
        ("order_comments text", "free_text", "medium"),
        ("comments int4", None, None),
        ("data jsonb", "document", "medium"),
        ("emails text[]", "email", "high"),
        ("token uuid", "secret", "high"),
        ("session_id uuid", None, None),
        ("idfa uuid", "device", "high"),
        ("contact_hash text", "digest", "high"),
        ("email_hash bytea", "digest", "high"),
        ("ni_number text", "ssn", "high"),
        ("cdl_no text", "driver_licence", "high"),
        ("ua text", "user_agent", "high"),
        ("otp_seed text", "secret", "high"),
        ("photo bytea", "photo", "low"),
        ("session_tok text", "secret", "high"),
        ("uname text", "username", "high"),
        ("usr_name text", "full_name", "high"),
        ("usr_id int8", None, None),
        ("eml text", "email", "high"),
        ("psw text", "password", "high"),
    ],
)
def test_a_name_and_a_type_say_something(
    column: str, kind: str | None, confidence: str | None
) -> None:
    """Only together, and with as much confidence as the name deserves."""
    found = suspected(column)
    assert (found[:2] if found else (None, None)) == (kind, confidence)


def test_every_kind_has_names_that_are_told_from_its_neighbours() -> None:
    """A name in front does not hide a kind, a word behind does."""
    assert suspected("billing_iban text")[0] == "iban"
    assert suspected("iban_checked text") is None
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_a_tables_name_makes_a_name_a_persons() -> None:
    """Customers have names of people, and things have not."""
    assert suspected("name text", of="vip_customers") == (
        "full_name",
        "high",
        "its name and its table's",
    )
    assert suspected("name int4", of="customers") is None
