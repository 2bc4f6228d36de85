"""What a plan makes of open texts that name people, and of columns that have others' originals."""

from __future__ import annotations

from typing import Any

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import AS_IT_IS, NAME, NULL, columns, policy

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.statistics import Statistics
from privaci_core.detect.value_prints import prints_inside, prints_of
from privaci_core.masks.text.named_entities import MODEL_VARIABLE
from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table(
        "public.visit",
        "guest text",
        "remark text",
        "code text unique",
        "words tsvector",
        estimated_rows=12_000_000,
    ),
    table("public.other", "label text"),
)


def planned(contents: dict[str, Contents], **rules: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Of each column the action with its evidence, or the evidence of what is suspected."""
    file = policy(columns("public.visit", **rules), auto_detect=True)
    sampled = {place(SOURCE, name): each for name, each in contents.items()}
    plan = plan_copy(SOURCE, file, sampled)
    masked = {
        f"{each.relation}.{column.name}": (column.action.action, column.evidence)
        for each in plan.tables
        for column in each.masked
    }
    named = {f"{name}.{column}": found.evidence for name, column, found in plan.suspected}
    return masked, named


def prose(**more: Any) -> Looks:
    """Sentences of ten words."""
    return Looks(sampled=40, distinct=40, letters=1.0, words=10.0, **more)


def test_a_text_that_repeats_a_masked_value_of_its_row_is_masked() -> None:
    """With the time that this takes; not where that value stays, or where few rows repeat it."""
    remark = {"public.visit.remark": Contents(looks=prose(), repeats={"guest": 0.25})}
    masked, _ = planned(remark, guest=NAME)
    evidence = "25% of its sampled texts repeat their row's guest; ner_mask reads them in about 2 h"
    assert masked["visit.remark"] == ("ner_mask", evidence)
    assert "visit.remark" not in planned(remark, guest=AS_IT_IS)[0]
    assert "visit.remark" not in planned(remark, guest=NULL)[0]
    few = {"public.visit.remark": Contents(looks=prose(), repeats={"guest": 0.001})}
    assert "visit.remark" not in planned(few, guest=NAME)[0]


def test_a_text_that_names_people_is_masked() -> None:
    """Where a tenth of enough texts do by their form."""
    masked, _ = planned({"public.visit.remark": Contents(looks=prose(telling=0.1))})
    assert masked["visit.remark"][0] == "ner_mask"
    assert masked["visit.remark"][1].startswith("10% of 40 sampled texts name people")
    masked, named = planned({"public.visit.remark": Contents(looks=prose(telling=0.09))})
    assert "visit.remark" not in masked
    assert "visit.remark" in {key.removeprefix("public.") for key in named}


def test_texts_inside_of_documents_say_their_time_too() -> None:
    """By the words of a document: here every other one has a remark of ten words."""
    paths = {"$.remark": prose(telling=0.5), "$.size": Looks(sampled=80, distinct=9, words=1.0)}
    contents = {"public.visit.remark": Contents(paths=paths, documents=80)}
    action, evidence = planned(contents)[0]["visit.remark"]
    assert action == "json"
    assert evidence == "its paths $.remark (free_text); ner_mask reads them in about 40 min"


def test_the_time_of_texts_counts_the_rows_that_have_one() -> None:
    """As the server's statistics know them: a column that is NULL nearly everywhere is quick."""
    known = Statistics(filled=6000.0, distinct=-1.0, width=50)
    contents = {"public.visit.remark": Contents(looks=prose(telling=0.5), statistics=known)}
    assert planned(contents)[0]["visit.remark"][1].endswith("; ner_mask reads them in about 3 s")


def test_a_text_that_has_masked_values_of_other_tables_is_masked() -> None:
    """Two of them at least, in texts of three words or so."""
    texts = [f"Call back Ada{'abcdefgh'[n]} Kestrel about it" for n in range(8)]
    names = prints_of([f"Ada{'abcdefgh'[n]} Kestrel" for n in range(8)])
    origin = {"public.other.label": Contents(prints=names)}
    text = {"public.visit.remark": Contents(looks=prose(), inside=prints_inside(texts))}
    file = columns("public.other", label=NAME)
    plan = plan_copy(
        SOURCE,
        policy(file, auto_detect=True),
        {place(SOURCE, name): each for name, each in (origin | text).items()},
    )
    masked = {column.name: column for each in plan.tables for column in each.masked}
    evidence = "its sampled texts have values of public.other.label"
    assert masked["remark"].evidence.startswith(evidence)


def test_texts_become_a_constant_where_no_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of them is kept then."""
    monkeypatch.setenv(MODEL_VARIABLE, "not_installed")
    masked, _ = planned({"public.visit.remark": Contents(looks=prose(telling=0.5))})
    assert masked["visit.remark"][0] == "static"


def test_indexed_words_of_masked_texts_are_emptied() -> None:
    """Not where no text of the table is masked."""
    assert planned({}, remark=NAME)[0]["visit.words"][0] == "null"
    assert "visit.words" not in planned({}, guest=AS_IT_IS, remark=AS_IT_IS)[0]


def test_columns_with_originals_of_others_are_named_before_the_copy() -> None:
    """Unless they are masked, or allowed as they are."""
    names = prints_of(["Ada Kestrel the Second", "Lin Kestrel the Third", "x"])
    contents = {
        "public.visit.guest": Contents(prints=names),
        "public.visit.code": Contents(prints=names),
        "public.other.label": Contents(prints=names | {7}),
    }
    _, named = planned(contents, guest=NAME, code=AS_IT_IS, remark=AS_IT_IS)
    assert named == {
        "public.other.label": "2 sampled values of public.visit.guest, which is masked;"
        " the search for originals will find them"
    }
    allowed = plan_copy(
        SOURCE,
        policy(columns("public.visit", guest=NAME, code=AS_IT_IS), auto_detect=True),
        {place(SOURCE, name): each for name, each in contents.items()},
    )
    (warning,) = allowed.warnings
    assert warning == (
        "COLUMN public.visit.code: passthrough keeps 2 sampled values of public.visit.guest,"
        " which is masked; the search for originals will warn."
    )
    kept = dict.fromkeys(("guest", "code", "remark"), AS_IT_IS)
    assert planned(contents, **kept)[1] == {}


def test_values_that_many_share_are_not_compared() -> None:
    """A word or a short number is in many columns by chance."""
    assert prints_of(["gold", "12345", "new york", "x@y"]) == prints_of([" X@Y "])
    assert len(prints_of(f"ada{n}@corp.example" for n in range(1000))) == 256
