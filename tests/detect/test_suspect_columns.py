"""How tables and the looks of values add to a suspicion, or contradict a name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders.catalogs import catalog, table
from builders.suspected import looking, suspected

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import suspicions

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("table_name", "column", "confidence"),
    [
        ("customers", "city text", "high"),
        ("shop", "city text", "low"),
        ("shop", "billing_city text", "high"),
        ("shop", "city_billing text", "high"),
        ("shop", "city_code text", None),
    ],
)
def test_an_address_is_a_persons_where_people_are(
    table_name: str, column: str, confidence: str | None
) -> None:
    """In a table about people, or by its own name."""
    found = suspected(column, of=table_name)
    assert (found[1] if found else None) == confidence


def test_a_persons_name_makes_its_tables_address_a_persons() -> None:
    """What identifies a person must be sure; what it does not touch stays."""
    source = catalog(table("public.thing", "city text", "ssn text", "mrn text"))
    found = suspicions(source)
    assert found[1, "city"].confidence == "high"
    assert found[1, "city"].evidence.endswith("; its table is about people")
    assert found[1, "mrn"].confidence == "high"
    unsure = catalog(table("public.thing", "city text", "ssn int8"))
    assert suspicions(unsure)[1, "city"].confidence == "low"
    unrelated = catalog(table("public.thing", "city text", "email text"))
    assert suspicions(unrelated)[1, "city"].confidence == "low"


@pytest.mark.parametrize(
    ("column", "kind"),
    [("home point", "lat_lon"), ("photo bytea", "photo"), ("photo_path text", "photo_url")],
)
def test_a_point_and_a_picture_are_a_persons_where_people_are(column: str, kind: str) -> None:
    """A person's home is one whatever it is called; a clinic's place is nobody's."""
    assert suspected(column, of="pupils")[:2] == (kind, "high")
    beside = catalog(table("public.thing", column, "surname text"))
    of_person = suspicions(beside).get((1, "home"))
    assert of_person is None or of_person.confidence == "high"
    assert (suspected(column, of="clinics") or ("", "low"))[1] == "low"


def test_a_displayed_name_beside_an_address_is_a_persons() -> None:
    """Of an account, say; beside nothing, or in a table of things, it may be a thing's."""
    for name, confidence in (("account", "high"), ("plans", "low")):
        source = catalog(table(f"public.{name}", "display_name text", "email text"))
        assert suspicions(source)[1, "display_name"].confidence == confidence
    assert suspected("display_name text", of="account")[1] == "medium"


def test_the_code_of_a_person_is_no_name() -> None:
    """Values that all have digits; and what refers to such a code is no name either."""
    codes = looking(shares={})
    assert suspected("reported_by text", contents=codes)[1] == "medium"
    staff = table("public.staff", "staff_code text key", "surname text")
    lesson = table("public.lesson", "staff text -> public.staff.staff_code")
    assert (2, "staff") not in suspicions(catalog(staff, lesson))


@pytest.mark.parametrize(
    ("column", "looks", "expected"),
    [
        ("email text", {"shares": {"email": 0.04}}, ("email", "medium")),
        ("email text", {"shares": {"email": 0.05}}, ("email", "high")),
        ("phone text", {"digits": 0.49}, ("phone", "medium")),
        ("phone text", {"digits": 0.5}, ("phone", "high")),
        ("last_name text", {"letters": 0.49}, ("last_name", "medium")),
        ("last_name text", {"letters": 0.5, "digits": 0.79}, ("last_name", "high")),
        ("last_name text", {"digits": 0.8}, ("last_name", "medium")),
        ("last_name text", {"digits": 0.8, "words": 1.5}, ("last_name", "high")),
        ("nombre text", {"shares": {"first_name": 0.04}}, None),
        ("nombre text", {"shares": {"full_name": 0.5}}, ("full_name", "high")),
        ("secret text", {"words": 1.5}, ("secret", "medium")),
        ("secret text", {"words": 1.0}, ("secret", "high")),
        ("secret text", {"words": 1.5, "distinct": 8}, ("secret", "high")),
        ("password text", {"words": 3.0}, ("password", "high")),
        ("username text", {"digits": 0.0}, ("username", "high")),
        ("email text", {"letters": 0.0, "distinct": 1, "sampled": 40}, None),
        (
            "customer_name text",
            {"distinct": 1, "sampled": 40, "words": 2.0, "digits": 0.0},
            ("full_name", "high"),
        ),
        ("customer_name text", {"distinct": 1, "sampled": 40, "digits": 0.0}, None),
        ("name text", {"distinct": 1, "sampled": 40, "words": 2.0, "digits": 0.0}, None),
        ("phone text", {"distinct": 5, "sampled": 19}, ("phone", "high")),
        ("phone text", {"distinct": 5, "sampled": 20}, None),
        ("comment text", {"distinct": 1, "sampled": 40}, ("free_text", "medium")),
    ],
)
def test_values_contradict_a_name(
    column: str, looks: dict[str, object], expected: tuple[str, str] | None
) -> None:
    """Where they cannot be what the name says; only a few labels silence it."""
    found = suspected(column, contents=looking(**looks))
    assert (found[:2] if found else None) == expected


def test_names_without_samples_are_not_contradicted() -> None:
    """An empty table is suspected by its names alone."""
    assert suspected("email text", contents=Contents())[:2] == ("email", "high")


def test_values_confirm_a_name() -> None:
    """From half of them on; but never enough to mask what may be anything."""
    half = {"shares": {"username": 0.0, "iban": 0.5}}
    assert suspected("account text", contents=looking(**half)) == (
        "iban",
        "high",
        "its name; 50% of 40 sampled values look like iban",
    )
    less = {"shares": {"iban": 0.29}}
    assert suspected("account text", contents=looking(**less))[1] == "medium"
    assert suspected("url text", contents=looking(shares={"url": 1.0}))[1] == "medium"


def test_a_column_of_firms_is_not_surely_peoples() -> None:
    """Where few names of people are among enough names under a person's column."""
    firms = looking(shares={"full_name": 0.14, "last_name": 0.1}, digits=0.0)
    assert suspected("customer_name text", contents=firms)[1] == "medium"
    enough = looking(distinct=8, shares={}, digits=0.0)
    assert suspected("customer_name text", contents=enough)[1] == "medium"
    people = looking(shares={"full_name": 0.15}, digits=0.0)
    assert suspected("customer_name text", contents=people)[1] == "high"
    few = looking(distinct=7, shares={}, digits=0.0)
    assert suspected("customer_name text", contents=few)[1] == "high"


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ({"shares": {"email": 0.8}}, ("email", "high")),
        ({"shares": {"email": 0.79}}, ("email", "medium")),
        ({"shares": {"email": 0.3}}, ("email", "medium")),
        ({"shares": {"email": 0.29}}, None),
        ({"shares": {"email": 1.0}, "distinct": 8}, ("email", "high")),
        ({"shares": {"email": 1.0}, "distinct": 7}, ("email", "medium")),
        ({"shares": {"email": 0.4, "iban": 0.5}}, ("iban", "medium")),
        ({"shares": {"email": 1.0, "uuid": 0.5}}, None),
        ({"shares": {"email": 1.0, "uuid": 0.49}}, ("email", "high")),
        ({"shares": {"full_name": 0.5}}, ("full_name", "medium")),
        ({"shares": {"full_name": 0.49}}, None),
        ({"shares": {"first_name": 0.9}, "distinct": 7}, None),
        ({"shares": {"first_name": 0.9}, "distinct": 8}, ("first_name", "medium")),
        ({"shares": {"last_name": 0.6, "first_name": 0.9}}, ("first_name", "medium")),
        ({"telling": 0.05}, ("free_text", "medium")),
        ({"telling": 0.04}, None),
        ({"shares": {"url": 1.0}}, None),
        ({"shares": {"npi": 0.9}}, ("npi", "high")),
    ],
)
def test_values_say_something_by_themselves(
    looks: dict[str, object], expected: tuple[str, str] | None
) -> None:
    """In a column whose name says nothing."""
    found = suspected("c1 text", contents=looking(**looks))
    assert (found[:2] if found else None) == expected


def test_names_in_a_table_of_people_are_sure() -> None:
    """Whole names only; given names also name other things."""
    whole = looking(shares={"full_name": 0.6})
    assert suspected("c1 text", of="customers", contents=whole)[1] == "high"
    given = looking(shares={"first_name": 0.6})
    assert suspected("c1 text", of="customers", contents=given)[1] == "medium"


def test_sure_values_overrule_an_unsure_name() -> None:
    """A column called login that is full of addresses holds addresses; a sure name wins."""
    emails = looking(shares={"email": 0.9})
    assert suspected("login text", contents=emails)[:2] == ("email", "high")
    assert suspected("login text", contents=looking(shares={"email": 0.5}))[0] == "username"
    assert suspected("passwd text", contents=emails)[0] == "password"


def test_evidence_is_in_words_and_shares() -> None:
    """Never with a value."""
    names = looking(shares={"full_name": 0.625})
    assert suspected("c1 text", contents=names)[2] == (
        "62% of 40 sampled values look like names of people"
    )
    texts = looking(telling=0.5)
    assert suspected("c1 text", contents=texts)[2] == (
        "50% of 40 sampled texts name people, addresses or numbers"
    )


def test_a_language_models_word_counts() -> None:
    """From a third of the texts on."""
    found = suspected("c1 text", contents=Contents(naming=0.3))
    assert found == (
        "free_text",
        "medium",
        "a language model finds people in 30% of some sampled texts",
    )
    assert suspected("c1 text", contents=Contents(naming=0.29)) is None


@pytest.mark.parametrize(
    ("years", "distinct", "found"),
    [
        ((1940, 1970), 9, True),
        ((1940, 1969), 9, False),
        ((1900, 2020), 9, True),
        ((1899, 1990), 9, False),
        ((1940, 2021), 9, False),
        ((1940, 1980), 8, False),
        (None, 9, False),
    ],
)
def test_dates_over_a_generation_are_births(
    years: tuple[int, int] | None, distinct: int, *, found: bool
) -> None:
    """In a table about people, and only where there are enough of them."""
    contents = Contents(distinct=distinct, years=years)
    suspicion = suspected("d date", of="members", contents=contents)
    assert (suspicion is not None) is found
    assert suspected("d date", of="things", contents=contents) is None
    if suspicion is not None:
        span = years[1] - years[0]
        assert suspicion[2] == f"its table's name; dates over {span} years"


def test_a_composite_is_suspected_by_its_name_alone() -> None:
    """Its parts are not looked into, so that it is never sure."""
    source = catalog(table("public.customers", "email text", "name text", "size text"))
    columns = tuple(
        replace(column, scalar_kind="c", scalar_type="pair") for column in source.columns[1]
    )
    found = suspicions(replace(source, columns={1: columns}))
    assert {name: (s.kind, s.confidence) for (_, name), s in found.items()} == {
        "email": ("email", "medium"),
        "name": ("full_name", "medium"),
    }
    assert found[1, "email"].evidence == "its name; a composite can hold anything"


def test_views_are_not_suspected() -> None:
    """Their rows are other tables'."""
    source = catalog(table("public.seen", "email text", kind="v"), table("public.t", "email text"))
    assert set(suspicions(source)) == {(2, "email")}


def test_one_given_name_in_all_rows_is_a_name() -> None:
    """Rows of one family share a name that is in no list; a column of yes and no has no letters."""
    family = Contents(looks=Looks(sampled=300, distinct=1, letters=1.0, words=1.0))
    found = suspected("first_name text", of="account", contents=family)
    assert found is not None
    assert found[:2] == ("first_name", "high")
    flags = Contents(looks=Looks(sampled=300, distinct=2, digits=1.0, words=1.0))
    assert suspected("first_name text", of="account", contents=flags) is None
