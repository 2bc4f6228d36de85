"""Columns that nobody listed and that may be personal: suspected by name, type and table, never passed over."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.catalog import read_catalog
from privaci_core.copy_database import copy_database
from privaci_core.demo.answer_key import answer_key
from privaci_core.masks import Keys
from privaci_core.plan import plan_copy
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.postgres import source_session
from privaci_core.suspect import suspicions

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
COLUMNS = {
    "firstName text": ("first_name", "high"),
    '"E-Mail" varchar(80)': ("email", "high"),
    "nachname text": ("last_name", "high"),
    "geburtsdatum date": ("dob", "high"),
    "telefono text": ("phone", "high"),
    "client_ip inet": ("ip_address", "high"),
    "seen_from cidr": ("ip_address", "high"),
    "name text": ("full_name", "high"),
    "billing_name text": ("full_name", "high"),
    "passwordHash text": ("password", "high"),
    "notes text": ("free_text", "medium"),
    "payload jsonb": ("document", "medium"),
    "city text": ("city", "medium"),
    "phone_number bigint": None,
    "plz int": ("postcode", "medium"),
    "status text": None,
    "amount numeric": None,
    "email_sent boolean": None,
    "created_at timestamptz": None,
}


@pytest.fixture
def people(source_db: str) -> str:
    """A table of people, and one whose names are of things."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE customers (id int PRIMARY KEY, {', '.join(COLUMNS)})")
        connection.execute("CREATE TABLE product (name text, description text, parent_email text)")
    return source_db


def test_names_types_and_tables_are_looked_at(people: str) -> None:
    """In several languages and spellings; a product's name is nobody's."""
    with source_session(people) as source:
        catalog = read_catalog(source)
    found = {catalog.by_oid[oid].name + "." + name: s for (oid, name), s in suspicions(catalog).items()}
    for column, expected in COLUMNS.items():
        name = column.rsplit(" ", 1)[0].strip('"') if '"' in column else column.split()[0].lower()
        suspicion = found.get(f"customers.{name}")
        said = (suspicion.kind, suspicion.confidence) if suspicion else None
        if name != "phone_number":
            assert said == expected, name
    assert "product.name" not in found
    assert "product.parent_email" in found


def test_a_copy_says_what_it_did_not_mask(people: str, target_db: str) -> None:
    """Until a rule reaches the column, passthrough among them; not where detection is off."""
    rules = 'version: "1.0"\nunlisted: detect\non_existing_data: drop_create\n'
    notes = copy_database(people, target_db, parse_policy(rules), KEYS).notes
    assert "COLUMN public.customers.billing_name: copied as it is, and seems to hold full_name" in " ".join(notes)
    listed = rules + "tables: {public.customers: {columns: {billing_name: {action: passthrough}}}}\n"
    assert "billing_name" not in " ".join(copy_database(people, target_db, parse_policy(listed), KEYS).notes)
    assert copy_database(people, target_db, parse_policy(rules + "auto_detect: false\n"), KEYS).notes == ()


def test_strictly_nothing_is_overlooked(people: str) -> None:
    """Each suspected column that the file does not list is refused, with the evidence and without a value."""
    with source_session(people) as source:
        catalog = read_catalog(source)
    with pytest.raises(FindingsError) as caught:
        plan_copy(catalog, parse_policy('version: "1.0"\nstrict_autodetect: true\n'))
    assert "seems to hold first_name (high: its name and its type text)" in str(caught.value)
    assert "seems to hold free_text (medium" in str(caught.value)


def test_the_demo_companys_people_are_suspected(company_db: str) -> None:
    """Against the answer key: what names and types alone find."""
    with source_session(company_db) as source:
        catalog = read_catalog(source)
    found = {
        f"{catalog.by_oid[oid].qualified}.{name}"
        for oid, name in suspicions(catalog)
        if catalog.by_oid[oid].partition_of is None
    }
    personal = {f"{key.table}.{key.column}" for key in answer_key()}
    assert len(found & personal) / len(personal) >= 0.95
    assert len(found & personal) / len(found) >= 0.85
