"""Unlisted columns that may be personal: suspected by name, type, table and contents."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.catalog.catalog import read_catalog
from privaci_core.demo.answer_key import answer_key
from privaci_core.detect.sample import Contents, read_contents
from privaci_core.detect.suspect import Suspicion, suspicions
from privaci_core.masks import Keys
from privaci_core.masks.text.named_entities import MODEL_VARIABLE
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database

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
    "city text": ("city", "high"),
    "phone_number bigint": ("phone", "high"),
    "plz int": ("postcode", "high"),
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
    """In several languages and spellings; a product's name is not a person's."""
    with source_session(people) as source:
        catalog = read_catalog(source)
    found = {
        catalog.by_oid[oid].name + "." + name: s for (oid, name), s in suspicions(catalog).items()
    }
    for column, expected in COLUMNS.items():
        name = column.rsplit(" ", 1)[0].strip('"') if '"' in column else column.split()[0].lower()
        suspicion = found.get(f"customers.{name}")
        said = (suspicion.kind, suspicion.confidence) if suspicion else None
        assert said == expected, name
    assert "product.name" not in found
    assert "product.parent_email" in found


def test_a_copy_says_what_it_did_not_mask(people: str, target_db: str) -> None:
    """About columns that may be personal and have no rule; nothing with detection off."""
    rules = 'version: "1.0"\nunlisted: detect\non_existing_data: drop_create\n'
    notes = " ".join(copy_database(people, target_db, parse_policy(rules), KEYS).notes)
    assert (
        "COLUMN public.customers.notes: looks personal and is copied unmasked: free_text" in notes
    )
    assert "billing_name" not in notes
    listed = rules + "tables: {public.customers: {columns: {notes: {action: passthrough}}}}\n"
    assert "customers.notes" not in " ".join(
        copy_database(people, target_db, parse_policy(listed), KEYS).notes
    )
    assert (
        copy_database(people, target_db, parse_policy(rules + "auto_detect: false\n"), KEYS).notes
        == ()
    )


def seen_in(source_db: str, table: str, rows: str) -> dict[str, Suspicion]:
    """What the columns of one table are suspected of, by what is in them."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(table.encode())
        connection.execute(f"INSERT INTO t {rows}".encode())
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        contents = read_contents(source, catalog, frozenset())
    return {name: found for (_, name), found in suspicions(catalog, contents).items()}


def test_contents_decide(source_db: str) -> None:
    """Values tell where names do not, and overrule names that mean something else here."""
    found = seen_in(
        source_db,
        "CREATE TABLE t (a text, b text, email text, tel text, d text, n bigint, nombre text,"
        " u text, list text[])",
        """SELECT 'p' || n || '@corp.example',
                  CASE WHEN n % 2 = 0 THEN 'p' || n || '@corp.example' ELSE 'none' || n END,
                  'yes', 'no', 'Please call Mary Smith again, case ' || n, 4000000000000002,
                  'mesa ' || n, md5(n::text)::uuid::text, ARRAY['p' || n || '@corp.example']
           FROM generate_series(1, 40) AS n""",
    )
    assert {name: (s.kind, s.confidence) for name, s in found.items()} == {
        "a": ("email", "high"),
        "b": ("email", "medium"),
        "d": ("free_text", "medium"),
        "n": ("credit_card", "medium"),
        # Beside an e-mail address and a telephone number.
        "nombre": ("full_name", "medium"),
        "list": ("email", "high"),
    }
    assert found["b"].evidence == "50% of 40 sampled values look like email"


def test_a_language_model_reads_what_nothing_else_tells(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentences with names that no list has; without a model they are not suspected."""
    table = "CREATE TABLE t (story text, goods text)"
    rows = """SELECT 'Yesterday Zbigniew Wolkonski met Oluwaseun Adeyemi in hall ' || n,
                     'a walnut table with four legs, size ' || n
              FROM generate_series(1, 40) AS n"""
    found = seen_in(source_db, table, rows)
    assert {name: s.evidence for name, s in found.items()} == {
        "story": "a language model finds people in 100% of some sampled texts"
    }
    monkeypatch.setenv(MODEL_VARIABLE, "not_installed")
    assert seen_in(source_db, "TRUNCATE t", rows) == {}


def test_documents_are_looked_into(source_db: str) -> None:
    """Paths are named, but not keys that may be values, and not rare keys."""
    found = seen_in(
        source_db,
        "CREATE TABLE t (doc jsonb, plain jsonb)",
        """SELECT  jsonb_build_object(
                      'customer', jsonb_build_object(
                          'name', 'Ada', 'phones', jsonb_build_array('+1555010' || n)),
                      'person' || n, jsonb_build_object('email', 'p' || n || '@corp.example'),
                      'size', n),
                  '{"size": 1}'::jsonb FROM generate_series(1, 40) AS n""",
    )
    assert found["doc"].paths == (
        ("$.customer.name", "full_name"),
        ("$.customer.phones[*]", "phone"),
    )
    assert (found["plain"].confidence, found["plain"].paths) == ("medium", ())


def test_dates_of_people_are_births(source_db: str) -> None:
    """Where they span a generation."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE member (a date, b date)")
        connection.execute(
            "INSERT INTO member SELECT date '1940-01-01' + 99 * n, date '2019-01-01' + n"
            " FROM generate_series(1, 200) n"
        )
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        found = suspicions(catalog, read_contents(source, catalog, frozenset()))
    assert {name: (s.kind, s.confidence) for (_, name), s in found.items()} == {
        "a": ("dob", "medium")
    }


def test_a_sample_is_the_same_again(company_db: str) -> None:
    """A plan of an unchanged database is the same plan; what is listed is not looked into."""
    with source_session(company_db) as source:
        catalog = read_catalog(source)
        one = read_contents(source, catalog, frozenset())
        other = read_contents(source, catalog, {("clinical", "patient", "email")})
    email = (catalog.by_name["clinical.patient"].oid, "email")
    assert {place for place in one if one[place] != other[place]} == {email}
    kept = other[email]
    assert kept == Contents(prints=kept.prints, searched=kept.searched)


def test_what_nothing_can_mask_is_refused(source_db: str) -> None:
    """A column that surely is personal and that no mask fits is not copied."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE patient (email varchar(3) UNIQUE NOT NULL)")
    with source_session(source_db) as source:
        catalog = read_catalog(source)
    with pytest.raises(FindingsError, match="nothing masks a varchar"):
        plan_copy(catalog, parse_policy('version: "1.0"'))


def test_strictly_nothing_is_overlooked(people: str) -> None:
    """Each unlisted column that looks personal is refused, with evidence that quotes no value."""
    with source_session(people) as source:
        catalog = read_catalog(source)
    with pytest.raises(FindingsError) as caught:
        plan_copy(catalog, parse_policy('version: "1.0"\nstrict_autodetect: true\n'))
    assert "seems to hold first_name (high: its name and its type text)" in str(caught.value)
    assert "seems to hold free_text (medium" in str(caught.value)


def test_the_demo_companys_people_are_suspected(company_db: str) -> None:
    """Against the answer key: nothing personal is overlooked, and little else suspected."""
    with source_session(company_db) as source:
        catalog = read_catalog(source)
        contents = read_contents(source, catalog, frozenset())
    found = {
        f"{catalog.by_oid[oid].qualified}.{name}"
        for (oid, name), suspicion in suspicions(catalog, contents).items()
        if catalog.by_oid[oid].partition_of is None and suspicion.confidence != "low"
    }
    personal = {f"{key.table}.{key.column}" for key in answer_key()}
    assert len(found & personal) / len(personal) >= 0.95
    assert len(found & personal) / len(found) >= 0.9
