"""How tables, neighbours and keys decide whose a name is."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table

from privaci_core.detect.suspect import suspicions
from privaci_core.detect.table_context import about, common_prefix, spoken_in

pytestmark = pytest.mark.unit


def confidences(*tables: object) -> dict[str, str]:
    """How sure detection is of each column of a catalog, by its name alone."""
    return {name: found.confidence for (_, name), found in suspicions(catalog(*tables)).items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vip_customers", "people"),
        ("Patienten", "people"),
        ("customer_addresses", "people"),
        ("productreviews", "things"),
        ("customer_plans", "things"),
        ("user_settings", "things"),
        ("oauth_access_tokens", "access"),
        ("oauth_github", "access"),
        ("t1", None),
        ("_", None),
    ],
)
def test_a_table_is_about_what_its_name_is_built_on(name: str, expected: str | None) -> None:
    """A plan of a customer is a plan."""
    assert about(name) == expected


def test_a_name_beside_an_address_and_a_birth_date_is_a_persons() -> None:
    """In a table whose own name says nothing; beside a price it is a thing's."""
    people = table("public.t1", "name text", "email text", "birth_date date", "login text")
    assert confidences(people)["name"] == "high"
    assert confidences(people)["login"] == "high"
    assert confidences(table("public.t1", "name text", "price numeric")) == {"name": "low"}
    assert confidences(table("public.teams", "name text", "login text")) == {"login": "low"}


def test_things_are_not_masked_as_people() -> None:
    """Whatever stands beside them."""
    plans = table("public.plans", "name text", "invoice_display_name text", "display_name text")
    assert "high" not in confidences(plans).values()
    app = table("public.oauth_clients", "client_name text", "app_display_name text")
    assert set(confidences(app)) == {"client_name"}


def test_keys_say_what_a_name_holds() -> None:
    """Things are named once, logins too; what refers to a number of the database is no person."""
    beside = ("email text", "phone text")
    once = table("public.t1", "name text unique", *beside)
    assert confidences(once)["name"] == "medium"
    assert confidences(table("public.t1", "login text unique", "x int4"))["login"] == "high"
    team, lead = table("public.team", "code text key"), "manager text -> public.team.code"
    assert "manager" not in confidences(team, table("public.t1", lead))
    person = table("public.person", "email text key")
    assert confidences(person, table("public.t1", "email text -> public.person.email"))


def test_a_bare_name_beside_given_names_is_a_family_name() -> None:
    """As `nom` and `prenom`, in whatever order."""
    source = catalog(table("public.eleves", "nom text", "prenom text", "classe text"))
    found = suspicions(source)
    assert (found[1, "nom"].kind, found[1, "prenom"].kind) == ("last_name", "first_name")


def test_the_abbreviation_of_a_table_is_no_word_of_its_columns() -> None:
    """Where most columns begin with it, and it is no word itself."""
    people = table(
        "public.pessoa", "pes_id int4 key", "pes_nome text", "pes_mae text", "pes_cpf text"
    )
    words = table("public.pedido", "nome_cliente text", "produto text", "data_pedido date")
    assert confidences(people, words) == dict.fromkeys(
        ("pes_nome", "pes_mae", "pes_cpf", "nome_cliente"), "high"
    )
    assert common_prefix(["email_a", "email_b", "email_c"]) == ""
    assert common_prefix(["pes_a", "pes_b", "id"]) == ""


def test_the_languages_of_a_database_are_those_of_its_names() -> None:
    """English is always among them."""
    assert spoken_in(["id", "created_at", "email"]) == ("en",)
    assert spoken_in(["apellidos", "correo", "contrasena", "email"]) == ("es", "en")
