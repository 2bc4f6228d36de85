"""What a plan makes of open columns that hold values of masked ones, whole or within texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders.catalogs import catalog, place, table
from builders.policies import AS_IT_IS, NAME, columns, policy

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.value_prints import prints_inside, prints_of
from privaci_core.detect.value_words import searched_in, words_in
from privaci_core.plan.plan_copy import plan_copy

pytestmark = pytest.mark.unit

NAMES = [f"Kestrel{letter} Quillow" for letter in "abcdefgh"]
SOURCE = catalog(
    table("public.person", "id int4 key", "called text", "code text"),
    table(
        "public.other",
        "label text",
        "once text unique",
        "short varchar(3)",
        "ref text -> public.person.code",
    ),
    table("public.part", "label text", kind="p"),
    table("public.part_1", "label text", partition_of="public.part"),
)


def planned(*, of: object = NAME, **samples: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The evidence of the columns that are masked, and of those that are named."""
    sampled = {
        place(SOURCE, f"public.{name.replace('__', '.')}"): Contents(
            searched=searched_in(values), words=words_in(values)
        )
        for name, values in {"person__called": NAMES, **samples}.items()
    }
    file: Any = policy(columns("public.person", called=of), auto_detect=True)
    plan = plan_copy(SOURCE, file, sampled)
    masked = {
        f"{each.relation}.{column.name}": column.evidence
        for each in plan.tables
        for column in each.masked
        if column.reason == "detected"
    }
    return masked, {f"{name}.{column}": said.evidence for name, column, said in plan.suspected}


def test_a_column_that_holds_the_values_of_a_masked_one_is_masked_as_that() -> None:
    """In every partition of its table, and in any order of words."""
    evidence = "its sampled values are those of public.person.called, which is masked"
    turned = [" ".join(reversed(name.split())) for name in NAMES]
    assert planned(other__label=turned)[0] == {"other.label": evidence}
    assert set(planned(part__label=NAMES)[0]) == {"part_1.label"}
    assert planned(of=AS_IT_IS, other__label=NAMES) == ({}, {})


def test_a_lesser_share_of_values_is_named() -> None:
    """Half of them, and two of them, are enough to mask a column."""
    things = [f"Walnut{number} Drawer" for number in range(20)]
    assert planned(other__label=[*NAMES, *things[:8]])[0]
    named = "8 sampled values of public.person.called, which is masked"
    for values in ([*NAMES, *things[:9]], [f"On Monday {name} came" for name in NAMES]):
        masked, suspected = planned(other__label=values)
        assert masked == {}
        assert suspected["public.other.label"].startswith(named)
    assert planned(other__label=NAMES[:1])[0] == {}


@pytest.mark.parametrize("column", ["once", "short", "ref"])
def test_what_the_mask_does_not_fit_is_named(column: str) -> None:
    """And what must stay unique, or is linked to another column by a key."""
    values = NAMES if column != "short" else ["Kestrela"]
    masked, suspected = planned(**{f"other__{column}": values})
    assert masked == {}
    assert set(suspected) <= {f"public.other.{column}"}


def test_a_column_that_may_be_a_place_is_named_for_its_originals() -> None:
    """What is said with little confidence is not what stops a copy."""
    source = catalog(table("public.person", "called text"), table("public.shop", "city text"))
    texts = ["Kestrela", "Walnut", "Drawer"]
    contents = {
        place(source, "public.person.called"): Contents(searched=searched_in(["Kestrela"])),
        place(source, "public.shop.city"): Contents(words=words_in(texts)),
    }
    plan = plan_copy(
        source, policy(columns("public.person", called=NAME), auto_detect=True), contents
    )
    assert [(name, found.kind) for _, name, found in plan.suspected] == [("city", "originals")]


def test_firms_that_are_called_after_masked_people_become_other_firms() -> None:
    """As a whole, and so in the columns that repeat them; other labels are read word by word."""
    source = catalog(
        table("public.client", "company_name text", "contact text", "remark text"),
        table("public.parcel", "addressed text"),
    )
    firms = [f"{name} Helados" for name in NAMES]
    few = Looks(sampled=8, distinct=8, letters=1.0, words=3.0)
    called = Contents(prints=prints_of(NAMES), searched=searched_in(NAMES))
    named = Contents(looks=few, searched=searched_in(firms), inside=prints_inside(firms))
    sampled = {
        place(source, f"public.{name}"): contents
        for name, contents in {
            "client.contact": called,
            "client.company_name": named,
            "client.remark": replace(named, searched=b""),
            "parcel.addressed": named,
        }.items()
    }
    file: Any = policy(columns("public.client", contact=NAME), auto_detect=True)
    plan = plan_copy(source, file, sampled)
    masked = {column.name: column for each in plan.tables for column in each.masked}
    assert masked["company_name"].action.provider == "company"
    assert masked["addressed"].action.provider == "company"
    assert masked["addressed"].evidence.startswith("its sampled values are those of public.client")
    assert masked["remark"].action.action == "ner_mask"
