"""The lines of a plan: which columns they are about, and in which words."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, EMAIL, HASH, columns, policy

from privaci_core.errors import PreflightError
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.show import Line, differences, lines_of, read_lines, show
from privaci_core.plan.text_table import markdown_table, text_table

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.person", "id int4 key", "email text", "notes text", "made text generated"),
    table("public.log", "what text"),
    table("public.gone", "what text", "more text"),
    table("public.event", "id int4", "who text", kind="p"),
    table("public.event_1", "id int4", "who text", partition_of="public.event"),
    table("public.event_2", "id int4", "who text", partition_of="public.event"),
)


def lines(tables: dict[str, object], **rest: object) -> list[tuple[str, str, str, str]]:
    """Every line without its type."""
    found = lines_of(plan_copy(SOURCE, policy(tables, **rest)), SOURCE)
    return [(f"{line.table}.{line.column}", line.action, line.reason) for line in found]


def test_every_column_has_a_line() -> None:
    """By table; partitions have none of their own, tables without rows have one."""
    rules = columns("public.person", email=EMAIL | {"when": "id > 5"}, id=AS_IT_IS)
    rules |= columns("public.event", who=HASH)
    rules |= {"public.log": {"strategy": "truncate"}, "public.gone": {"strategy": "exclude"}}
    assert lines(rules) == [
        ("public.event.id", "passthrough", "no rule"),
        ("public.event.who", "hash", "inherited by key"),
        ("public.gone.*", "excluded", "strategy"),
        ("public.log.*", "empty", "strategy"),
        ("public.person.id", "passthrough", "no rule"),
        ("public.person.email", "fake email", "rule, on a condition"),
        ("public.person.notes", "passthrough", "no rule"),
        ("public.person.made", "passthrough", "generated"),
    ]


def test_which_column_decides_about_a_person_is_shown() -> None:
    """At each column that follows it."""
    following = {"action": "fake", "provider": "full_name", "persona": "email"}
    found = lines(columns("public.person", email=EMAIL, notes=following))
    assert ("public.person.notes", "fake full_name", "rule; names the person of email") in found


def test_what_becomes_of_orphans_is_shown() -> None:
    """At the columns of a key, by the table's own word or by that of the table it refers to."""
    source = catalog(
        table("public.team", "id int4 key"),
        table("public.person", "id int4 key", "team int4 -> public.team.id"),
        table("public.visit", "id int4 key", "person int4 not null -> public.person.id"),
        table("public.note", "id int4 key", "team int4 -> public.team.id"),
    )
    rules = {"public.person": {"orphan_rows": "drop"}, "public.note": {"orphan_rows": "null"}}
    found = lines_of(plan_copy(source, policy(rules)), source)
    assert [(line.table, line.column, line.reason) for line in found if ";" in line.reason] == [
        ("public.note", "team", "no rule; NULL where it refers to no row"),
        ("public.person", "team", "no rule; a row that refers to no row is left out"),
        ("public.visit", "person", "no rule; a row that refers to no row is left out"),
    ]


def test_evidence_and_suspicions_are_shown() -> None:
    """Of columns that detection masks, and of those that it leaves to a person."""
    found = {name: (action, reason) for name, action, reason in lines({}, auto_detect=True)}
    assert found["public.person.email"] == (
        "fake email",
        "detected: its name and its type text",
    )
    assert found["public.person.notes"] == (
        "passthrough",
        "no rule; seems to hold free_text (medium)",
    )


def test_a_line_knows_whether_its_column_is_masked() -> None:
    """Not where it is passed through, and not where the table has no rows."""
    rules = columns("public.person", email=EMAIL) | {"public.log": {"strategy": "empty"}}
    found = lines_of(plan_copy(SOURCE, policy(rules)), SOURCE)
    assert [line.column for line in found if line.masks] == ["email"]


def test_cells_are_cut_where_the_widest_column_gives_way() -> None:
    """Until the table fits, and not further."""
    rows = [("a", "b" * 30), ("cc", "d")]
    assert text_table(("x", "y"), rows, width=20) == [
        "x   y",
        "a   bbbbbbbbbbbbbbb…",
        "cc  d",
    ]
    assert text_table(("x", "y"), rows, width=34)[1] == "a   " + "b" * 30
    assert text_table(("x", "y"), rows, width=33)[1] == "a   " + "b" * 28 + "…"


def test_markdown_keeps_whole_cells() -> None:
    """A bar inside a cell is escaped."""
    assert markdown_table(("x", "y"), [("a|b", "c" * 200)]) == [
        "| x | y |",
        "| --- | --- |",
        f"| a\\|b | {'c' * 200} |",
    ]


def test_json_keeps_letters_as_they_are() -> None:
    """A name in any script is readable in a review."""
    source = catalog(table("public.straße", "id int4"))
    found = lines_of(plan_copy(source, policy()), source)
    assert "straße" in show(found, "json")


def test_a_plan_can_be_read_again() -> None:
    """From JSON with a field on each line, so that two versions can be compared in a review."""
    found = lines_of(plan_copy(SOURCE, policy(columns("public.person", email=EMAIL))), SOURCE)
    text = show(found, "json")
    assert read_lines(text) == found
    assert '\n {\n  "table": "public.event",\n  "column": "id",\n' in text


@pytest.mark.parametrize("shown", [b"", b"[1,", b"{}", b"[{}]", b"\xff", b'[{"table": 1}]'])
def test_what_is_no_earlier_plan_is_refused(shown: bytes) -> None:
    """The error names the file, and the command that writes one."""
    with pytest.raises(PreflightError, match="Reading the earlier plan") as refused:
        read_lines(shown, "old.json")
    assert "old.json" in str(refused.value)
    assert "privaci plan --format json > plan.json" in str(refused.value)


def line(column: str, action: str = "hash") -> Line:
    """A line of one table."""
    return Line(table="public.t", column=column, type="text", action=action, reason="rule")


def test_two_plans_are_compared_column_by_column() -> None:
    """By name: what was there and how it was, then what is there now; what stays is not named."""
    before = [line("same"), line("gone"), line("other"), line("a", "null")]
    after = [line("other", "fake email"), line("new"), line("same"), line("a", "null")]
    assert differences(before, after) == (
        "- public.t.gone (text): hash, rule",
        "+ public.t.new (text): hash, rule",
        "- public.t.other (text): hash, rule",
        "+ public.t.other (text): fake email, rule",
    )
    assert differences(before, before) == ()


def test_a_plan_fits_a_terminal() -> None:
    """Long names and reasons are cut in the table; a review and a program get them whole."""
    long = Line(
        table="s." + "t" * 60,
        column="c" * 50,
        type="text",
        action="fake email",
        reason="detected: " + "r" * 90,
    )
    shown = show([long], "table").splitlines()
    assert len(shown) == 2
    assert max(map(len, shown)) == 100
    assert "…" in shown[1]
    assert all(
        whole in show([long], "markdown") for whole in (long.table, long.column, long.reason)
    )
