"""What documents are suspected of, by their keys and by the texts at their paths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders.catalogs import catalog, table

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import Suspicion, suspicions

pytestmark = pytest.mark.unit


def in_document(*paths: str, **shares: float) -> dict[str, str]:
    """What is suspected of a document with texts at these paths."""
    source = catalog(table("public.thing", "doc jsonb"))
    looks = Looks(sampled=40, distinct=40, letters=1.0, digits=1.0, words=2.0, shares=shares)
    contents = Contents(paths=dict.fromkeys(paths, looks))
    suspicion = suspicions(source, {(1, "doc"): contents})[1, "doc"]
    assert suspicion.confidence == ("high" if suspicion.paths else "medium")
    if suspicion.paths:
        listed = ", ".join(f"{path} ({kind})" for path, kind in suspicion.paths)
        assert suspicion.evidence == f"its paths {listed}"
    return dict(suspicion.paths)


def test_documents_are_suspected_by_their_keys() -> None:
    """The last key, and the one above it where it holds a person."""
    paths = ("$.customer.name", "$.owner.name", "$.members[*].name", "$.thing.name", "$.name")
    assert in_document(*paths) == {
        "$.customer.name": "full_name",
        "$.owner.name": "full_name",
        "$.members[*].name": "full_name",
    }
    assert in_document("$.a.b.phone", "$.phones[*]", "$.size", "$") == {
        "$.a.b.phone": "phone",
        "$.phones[*]": "phone",
    }


def of_table(of: str, column: str, *paths: str, numeric: bool = False) -> set[str]:
    """The paths that are surely personal in a document of a table."""
    looks = Looks(sampled=40, distinct=40, letters=1.0, digits=1.0, words=2.0)
    numbers = frozenset(paths if numeric else ())
    contents = Contents(paths=dict.fromkeys(paths, looks), numeric=numbers)
    source = catalog(table(f"public.{of}", column))
    (suspicion,) = suspicions(source, {(1, source.columns[1][0].name): contents}).values()
    return {path for path, _ in suspicion.paths}


def test_keys_are_names_of_columns_with_their_tables_context() -> None:
    """A name is a person's in a document about people, or beside what only people have."""
    keys = ("$.name", "$.phone")
    assert of_table("customer", "doc jsonb", *keys) == set(keys)
    assert of_table("thing", "customer jsonb", *keys) == set(keys)
    assert of_table("thing", "doc jsonb", "$.name", "$.size") == set()
    beside = ("$.x.name", "$.x.birth_date", "$.x.phone")
    assert of_table("thing", "doc jsonb", *beside) == set(beside)
    assert of_table("customer", "doc jsonb", "$.data.name") == {"$.data.name"}
    assert of_table("customer", "doc jsonb", "$.product.name") == set()


def test_keys_of_numbers_are_names_of_columns_of_numbers() -> None:
    """A telephone number may be written as one."""
    paths = ("$.phone_number", "$.size")
    assert of_table("customer", "doc jsonb", *paths, numeric=True) == {"$.phone_number"}


@pytest.mark.parametrize("column", ["doc pair", "doc hstore", "doc xml"])
def test_members_of_other_types_are_suspected_by_their_names(column: str) -> None:
    """At paths as those of documents; an attribute of XML by its name without the sign."""
    source = catalog(table("public.thing", column))
    looks = Looks(sampled=40, distinct=40, letters=1.0, words=1.0, shares={"email": 0.9})
    plain = replace(looks, shares={})
    contents = Contents(paths={"$.e": looks, "$.person.@name": plain, "$.size": plain})
    found = suspicions(source, {(1, "doc"): contents})[1, "doc"]
    paths = (("$.e", "email"), ("$.person.@name", "full_name"))
    assert (found.kind, found.confidence, found.paths) == ("document", "high", paths)
    assert found.evidence == "its paths $.e (email), $.person.@name (full_name)"


def test_what_can_hold_anything_is_named() -> None:
    """Without rows too."""
    source = catalog(table("public.thing", "doc jsonb", "h hstore", "x xml", "n int4", "p pair"))
    assert set(suspicions(source)) == {(1, "doc"), (1, "h"), (1, "x")}


def test_documents_are_suspected_by_their_texts() -> None:
    """Where the keys say nothing or not for sure, and not where the texts contradict the key."""
    assert in_document("$.a", "$[*]", email=0.9) == {"$.a": "email", "$[*]": "email"}
    assert in_document("$.city", email=0.9) == {"$.city": "email"}
    assert in_document("$.a", email=0.5) == {}
    assert in_document("$.email") == {}


@pytest.mark.parametrize("column", ["doc jsonb", "doc text"])
def test_texts_at_a_path_that_name_people_are_sure(column: str) -> None:
    """A tenth of at least eight texts; a column of texts without such paths is no document."""
    source = catalog(table("public.thing", column))

    def found(telling: float, distinct: int = 8) -> Suspicion | None:
        looks = Looks(sampled=40, distinct=distinct, letters=1.0, words=9.0, telling=telling)
        contents = Contents(paths={"$.log": looks})
        return suspicions(source, {(1, "doc"): contents}).get((1, "doc"))

    sure = found(0.1)
    assert sure is not None
    assert sure.paths == (("$.log", "free_text"),)
    for unsure in (found(0.09), found(0.1, distinct=7)):
        assert (unsure is None) if column == "doc text" else (unsure and unsure.paths == ())


def test_keys_are_in_the_language_of_the_database() -> None:
    """`nome` is a name where the names of columns are Portuguese."""
    looks = Looks(sampled=40, distinct=40, letters=1.0, words=1.0)
    contents = Contents(paths=dict.fromkeys(("$.cliente.nome", "$.cliente.plano"), looks))
    source = catalog(table("public.pedidos", "doc jsonb", "endereco text", "telefone text"))
    found = suspicions(source, {(1, "doc"): contents})[1, "doc"]
    assert found.paths == (("$.cliente.nome", "full_name"),)
