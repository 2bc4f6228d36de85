"""A plan for a terminal: first what a person must look at, then the rest as a sum."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, EMAIL, columns, policy

from privaci_core.detect.suspect import Confidence, Suspicion
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.review import Reference, review
from privaci_core.plan.show import lines_of
from privaci_core.plan.wrapped_table import wrapped_table

pytestmark = pytest.mark.unit

WIDE = catalog(
    table("public.person", "id int4 key", "email text", "notes text", "mrn text", "born date"),
    table("public.shop", "id int4", "city text"),
    table("public.log", "what text"),
    *(
        table(f"public.measure_{number}", *(f"value_{n} numeric" for n in range(number + 1)))
        for number in range(13)
    ),
)
RULES = columns("public.person", email=EMAIL, id=AS_IT_IS, born={"action": "null"}) | {
    "public.log": {"strategy": "empty"}
}


def suspicion(kind: str, confidence: Confidence, evidence: str = "its name") -> Suspicion:
    """What a column looks like."""
    return Suspicion(kind=kind, confidence=confidence, evidence=evidence)


SUSPECTED = (
    ("public.shop", "city", suspicion("city", "low")),
    ("public.person", "mrn", suspicion("record_number", "medium")),
    ("public.person", "notes", suspicion("free_text", "high", "its name: people about people")),
)


def shown(*, everything: bool = False) -> str:
    """The review of a wide database."""
    plan = replace(plan_copy(WIDE, policy(RULES)), suspected=SUSPECTED)
    return review(plan, lines_of(plan, WIDE), everything=everything)


def test_what_a_person_must_look_at_comes_first() -> None:
    """Open columns by how sure they are, with kind and reason; masked ones; the rest as a sum."""
    parts = [part.splitlines() for part in re.split(r"\n\n(?=\d)", shown())]
    assert [part[0].split(" ", 1)[1] for part in parts][:3] == [
        "columns look personal and are copied unmasked: decide about them",
        "columns masked",
        "table without rows",
    ]
    looking = [line.split() for line in parts[0][3:]]
    assert [line[1] for line in looking] == ["notes", "mrn", "city"]
    said = "free text (high) its name: people about people"
    assert " ".join(parts[0][3].split()[2:]) == said
    assert "city (low)" in parts[0][5]
    assert [line.split()[0] for line in parts[1][3:]] == ["public.person", "email", "born"]
    assert " ".join(parts[3]) == (
        "93 columns of 15 tables copied unchanged; --all lists them: public.measure_12 13,"
        " public.measure_11 12, public.measure_10 11, public.measure_9 10, public.measure_8 9,"
        " 10 more tables"
    )


def test_all_lists_every_column() -> None:
    """Each once, and what is to be decided still first."""
    text = shown(everything=True)
    listed = re.findall(r"^(?:public\.\w+)? +(\w+|\*) ", text, re.MULTILINE)
    assert len(listed) == 5 + 2 + 1 + 91
    assert text.index("notes") < text.index("value_0")
    assert "--all" not in text


def test_one_column_is_one() -> None:
    """The sentences agree with their numbers, and an empty part is left out."""
    source = catalog(table("public.person", "notes text"))
    plan = replace(plan_copy(source, policy()), suspected=SUSPECTED[2:])
    text = review(plan, lines_of(plan, source))
    assert text.startswith("1 column looks personal and is copied unmasked: decide about it\n")
    assert "masked\n" not in text.split("decide about it")[1]


def test_a_mask_that_does_not_name_its_kind_says_it() -> None:
    """A number that keeps its form, and a digest, are no fakes of a kind."""
    source = catalog(table("public.person", "password_hash bytea"))
    plan = plan_copy(source, policy(auto_detect=True))
    reasons = {line.column: (line.action, line.reason) for line in lines_of(plan, source)}
    action, reason = reasons["password_hash"]
    assert (action, reason) == ("hash", "detected: password: its name and its type bytea")


def test_types_are_short() -> None:
    """As people write them; what they are of stays."""
    source = catalog(table("public.person", "email text"), table("public.log", "at text"))
    plan = plan_copy(source, policy(columns("public.person", email=EMAIL)))
    lines = [replace(line, type="character varying(24)[]") for line in lines_of(plan, source)]
    assert re.search(r"email +varchar\(24\)\[\] +fake email", review(plan, lines))


def test_references_are_shown_by_whether_they_match() -> None:
    """Those that will not stand before the masks, with the remedy; many others are only counted."""
    source = catalog(table("public.person", "email text"))
    plan = plan_copy(source, policy(columns("public.person", email=EMAIL)))
    lines = lines_of(plan, source)
    differ = Reference(referencing="a.b", referenced="c.d", evidence="its name", matches=False)
    alike = [replace(differ, referencing=f"a.b{number}", matches=True) for number in range(13)]
    text = review(plan, lines, [differ, *alike[:12]])
    assert text.startswith("1 reference without a foreign key will not match\n")
    assert text.index("Declare them under `relations`") < text.index("1 column masked")
    assert "12 references without a foreign key, masked alike or not masked\n" in text
    assert "a.b11" in text
    many = review(plan, lines, alike)
    assert "13 references without a foreign key, masked alike or not masked; --all lists" in many
    assert "a.b11" in review(plan, lines, alike, everything=True)


def test_warnings_come_before_the_masks() -> None:
    """An alias that names no column is one."""
    source = catalog(table("public.person", "email text"))
    lost = EMAIL | {"seed_alias": "public.person.emial"}
    plan = plan_copy(source, policy(columns("public.person", email=lost)))
    text = review(plan, lines_of(plan, source))
    assert text.startswith("ALIAS public.person.email: its seed_alias public.person.emial is no")
    assert max(map(len, text.splitlines())) <= 100


def test_a_quoted_table_is_found() -> None:
    """The policy quotes a name with a dot; the list of columns does not."""
    source = catalog(table("public.person", "notes text"))
    relation = source.relations[0]
    object.__setattr__(relation, "name", "a.b")
    suspected = (('public."a.b"', "notes", suspicion("free_text", "medium")),)
    plan = replace(plan_copy(source, policy()), suspected=suspected)
    assert "1 column looks personal" in review(plan, lines_of(plan, source))


def test_no_word_is_cut() -> None:
    """Long names and reasons are wrapped within a hundred characters, each under its head."""
    reason = " ".join(f"word{number}" for number in range(60))
    found = wrapped_table(("table", "why"), [("public." + "t" * 120, reason), ("b", "c")])
    assert max(map(len, found)) <= 100
    assert "…" not in "".join(found)
    place = found[0].index("why")
    assert " ".join(line[place:].strip() for line in found[1:-1]).split() == reason.split()
    assert "".join(line[:place].strip() for line in found[1:-1]) == "public." + "t" * 120
