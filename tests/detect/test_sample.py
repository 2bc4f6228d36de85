"""What is sampled of a table, and what is kept of the values: their looks, and none of them."""

from __future__ import annotations

import json

import pytest
from builders.catalogs import catalog, table

from privaci_core.detect.recognise import Looks
from privaci_core.detect.row_repeats import repeats_in
from privaci_core.detect.sample import (
    Contents,
    contents_of,
    pages_of,
    sampled_columns,
)
from privaci_core.detect.sample_query import sample_query
from privaci_core.masks.text.named_entities import MODEL_VARIABLE

pytestmark = pytest.mark.unit


def seen(column: str, *values: str) -> Contents:
    """What is kept of the values of a column."""
    return contents_of(catalog(table("public.t", column)).columns[1][0], list(values))


def dates(first: int, last: int) -> list[str]:
    """A day of each year."""
    return [f"{year:04}-05-06" for year in range(first, last + 1)]


def documents(*values: object) -> dict[str, Looks]:
    """The looks at the paths of documents."""
    return seen("doc jsonb", *map(json.dumps, values)).paths


def test_columns_that_can_hold_personal_data_are_sampled() -> None:
    """By their types; listed columns and generated ones are not."""
    source = catalog(
        table(
            "public.t",
            "a text",
            "b varchar(9)[]",
            "c jsonb",
            "d date",
            "e int8",
            "f numeric",
            "g bool",
            "h int2",
            "made text generated",
            "listed text",
        ),
    )
    listed = {("public", "t", "listed"), ("public", "other", "a")}
    found = sampled_columns(source, source.by_name["public.t"], listed)
    assert [column.name for column in found] == ["a", "b", "c", "d", "e", "f"]


def test_partitions_count_as_pages_of_their_table() -> None:
    """Whole pages only."""
    source = catalog(
        table("public.event", "id int4", kind="p"),
        table("public.event_1", "id int4", partition_of="public.event", heap_bytes=3 * 8192),
        table("public.event_2", "id int4", partition_of="public.event", heap_bytes=2 * 8192),
        table("public.small", "id int4", heap_bytes=8191),
    )
    assert pages_of(source) == {1: 5, 4: 0}


@pytest.mark.parametrize(
    ("pages", "percent"), [(0, "100.0"), (100, "100.0"), (200, "50.0"), (10_000, "1.0")]
)
def test_a_sample_is_a_hundred_pages(pages: int, percent: str) -> None:
    """Of a thousand rows at most, each value's beginning as text."""
    source = catalog(table("public.t", "a text", "b jsonb", "c text[]"))
    found = sample_query(source.by_name["public.t"], source.columns[1], pages).as_string(None)
    assert found == (
        'SELECT pg_catalog.left("a"::pg_catalog.text, CASE'
        " WHEN pg_catalog.left(\"a\"::pg_catalog.text, 1) IN ('{', '[') THEN 20000 ELSE 400 END),"
        ' pg_catalog.left("b"::pg_catalog.text, 20000),'
        " pg_catalog.left(pg_catalog.array_to_string(\"c\", '\x1f'), 400)"
        f' FROM "public"."t" TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1) LIMIT 1000'
    )


def test_text_is_looked_at() -> None:
    """Its form and how many values there are; a table without rows looks like nothing."""
    looks = seen("a text", "a@corp.example", "b@corp.example", "x").looks
    assert (looks.sampled, looks.share("email")) == (3, 2 / 3)
    assert seen("a text") == Contents(looks=Looks(), paths={}, naming=0, distinct=0, years=None)


def test_elements_of_arrays_are_values() -> None:
    """Each by itself."""
    looks = seen("a text[]", "a@corp.example\x1fb@corp.example", "x").looks
    assert (looks.sampled, looks.share("email")) == (3, 2 / 3)


def test_dates_are_kept_as_a_span_of_years() -> None:
    """And how many differ; a date before our era or at infinity has no year."""
    found = seen("d date", *dates(1950, 1953), "1950-05-06", "0044-03-15 BC", "infinity")
    assert (found.distinct, found.years) == (6, (1950, 1953))
    assert (found.looks, found.naming) == (Looks(), 0)
    assert seen("d date", "infinity", "-infinity").years is None
    assert seen("d timestamptz", "2001-02-03 04:05:06+00").years == (2001, 2001)


def test_outliers_are_no_years() -> None:
    """One in fifty at either end: 1900-01-01 often means that no date is known."""
    assert seen("d date", "0001-01-01", *dates(1951, 1998), "9999-12-31").years == (1951, 1998)
    few = seen("d date", "0001-01-01", *dates(1951, 1997), "9999-12-31")
    assert few.years == (1, 9999)


def test_texts_of_documents_are_looked_at_by_path() -> None:
    """Elements of a list share one; truth values say nothing, and paths of numbers are known."""
    person = {
        "mail": "a@corp.example",
        "phones": ["+1 555 010 0199", {"n": "x"}],
        "ok": True,
        "size": 3,
    }
    found = documents(person, person)
    assert set(found) == {"$.mail", "$.phones[*]", "$.phones[*].n", "$.size"}
    contents = seen("doc jsonb", json.dumps(person), json.dumps(person))
    assert contents.numeric == {"$.size"}
    assert found["$.mail"].share("email") == 1
    assert found["$.phones[*]"].share("phone") == 1
    assert set(documents("a", "b")) == {"$"}


def test_a_document_that_was_cut_is_skipped() -> None:
    """The others are read."""
    found = seen("doc json", '{"a": "x', '{"a": "y"}', '{"a": "z"}').paths
    assert found["$.a"].sampled == 2


def test_keys_that_may_be_values_are_not_kept() -> None:
    """A path is shown in reports, so a key must look like a name."""
    one = {"a-b": "x", "1": "x", "": "x", "a@corp.example": "x", "k" * 42: "x"}
    fine = {"k" * 41: "x", "_B2": "x"}
    assert set(documents(one | fine, one | fine)) == {f"$.{key}" for key in fine}


@pytest.mark.parametrize(("documents_with", "kept"), [(1, False), (2, True), (4, True)])
def test_rare_paths_are_not_kept(documents_with: int, *, kept: bool) -> None:
    """One document is too few, also where it is the only one."""
    values = [{"rare": "x"}] * documents_with + [{"often": "x"}] * (40 - documents_with)
    assert ("$.rare" in documents(*values)) is kept
    assert documents({"rare": "x"}) == {}


def test_a_rare_path_of_known_words_is_kept() -> None:
    """Nobody is called so, and it may have what the others have."""
    rare = {"emergency_contact": {"name": "x", "ada": "x"}, "kestrel": {"name": "x"}}
    assert set(documents(rare)) == {"$.emergency_contact.name"}


def test_a_path_in_a_twentieth_of_many_documents_is_kept() -> None:
    """Five of a hundred are not rare, of one more they are; cut documents do not count."""
    often, rare = [{"often": "x"}] * 95, [{"rare": "x"}] * 5
    assert "$.rare" in documents(*often, *rare)
    assert "$.rare" not in documents(*often, {}, *rare)
    cut = seen("doc jsonb", *["{"] * 900, *[json.dumps({"rare": "x"})] * 5).paths
    assert "$.rare" in cut


def test_texts_that_are_documents_are_looked_at_by_path() -> None:
    """Where all of a column begin as documents, and all but cut ones are."""
    text = json.dumps({"mail": "ada@corp.example", "note": "x " * 400})
    assert set(seen("t text", *[text] * 20, " ", '{"mail":').paths) == {"$.mail", "$.note"}
    assert seen("t text", *[text] * 20, "none").paths == {}
    assert seen("t text", *['{"mail":'] * 3, *[text] * 20).paths == {}
    assert seen("t text", "[to be done] with Ada", "").paths == {}
    assert seen("t text[]", *[text] * 3).paths == {}
    assert seen("t text", text).looks.words < len(text) / 2


STORY = "Yesterday Zbigniew Wolkonski met Oluwaseun Adeyemi in hall"


def test_a_language_model_reads_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else tells that they are about people, and where it is installed."""
    texts = [f"{STORY} {number}" for number in range(3)]
    assert seen("a text", *texts).naming == 1
    assert seen("a text", "yesterday Zbigniew Wolkonski came").naming == 1
    assert seen("a text", "Zbigniew Wolkonski").naming == 0
    assert seen("a text", *texts, "Please write to ada@corp.example today").naming == 0
    goods = [f"A walnut table of size {number}" for number in range(10, 70)]
    assert seen("a text", *goods[:49], *texts).naming == 1 / 50
    assert seen("a text", *goods[:50], *texts).naming == 0
    monkeypatch.setenv(MODEL_VARIABLE, "not_installed")
    assert seen("a text", *texts).naming == 0


def test_members_of_other_types_are_looked_at_by_path() -> None:
    """Of XML by their elements and attributes, of a composite and of hstore by their names."""
    xml = ['<person id="7"><mail>ada@corp.example</mail><n>A &amp; B</n></person>'] * 2
    found = seen("x xml", *xml).paths
    assert set(found) == {"$.person.@id", "$.person.mail", "$.person.n"}
    assert found["$.person.mail"].share("email") == 1
    found = seen("h hstore", *['{"mail": "ada@corp.example"}'] * 2).paths
    assert found["$.mail"].share("email") == 1
    for kind in ("h hstore[]", "h jsonb[]"):
        assert set(seen(kind, *['[[{"mail": "ada@corp.example"}], [null]]'] * 2).paths) == {
            "$.mail"
        }


def test_words_and_bounds_are_texts() -> None:
    """The words of a tsvector together, the bounds of a range by themselves."""
    looks = seen("v tsvector", "'ada@corp.example':2 'ask':1 'for':3 'it':4").looks
    assert (looks.words, looks.telling) == (4, 1)


def test_what_texts_repeat_of_their_row_is_measured() -> None:
    """By each column whose values tell rows apart, of the rows that have a text."""
    rows = [[f"Ada{n} is the guest of table {n}", f"Ada{n}", "table", f"{n}"] for n in range(8)]
    rows += [[f"the guest of table {n} is late", f"Ada{n}", "table", f"{n}"] for n in range(8)]
    rows += [[None, "Ada", "table", "1"]]
    assert repeats_in(rows, [0], ["note", "name", "kind", "number"]) == {0: {"name": 0.5}}
