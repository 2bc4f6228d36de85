"""Conditions of a policy, a part of CEL, as SQL: their form, their types, and what is refused."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table

from privaci_core.plan.condition_terms import ConditionError
from privaci_core.plan.conditions import compile_condition

pytestmark = pytest.mark.unit

COLUMNS = catalog(
    table(
        "public.t",
        "n int8",
        "small int2",
        "size numeric(5,2)",
        "real float4",
        "double float8",
        "number oid",
        "t text",
        "short varchar(5)",
        "padded bpchar(5)",
        "folded citext",
        "named name",
        "b bool",
        "day date",
        "tags text[]",
        "plain int4",
    )
).columns[1]


def compiled(text: str) -> str:
    """A condition as SQL."""
    return compile_condition(text, COLUMNS).as_string(None)


def refused(text: str) -> ConditionError:
    """Why a condition cannot be compiled."""
    with pytest.raises(ConditionError) as caught:
        compile_condition(text, COLUMNS)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n == 1", '("n" = 1)'),
        ("n != 1", '("n" <> 1)'),
        ("n < 1", '("n" < 1)'),
        ("n <= 1", '("n" <= 1)'),
        ("n > 1", '("n" > 1)'),
        ("n >= 1", '("n" >= 1)'),
        ("1 < n", '(1 < "n")'),
        ("n == -1", '("n" = (- 1))'),
        ("n == - -1", '("n" = (- (- 1)))'),
        ("n > 1.5e+3", '("n" > 1.5e+3)'),
        ("n > 12E2", '("n" > 12E2)'),
        ("b", '"b"'),
        ("!b", '(NOT "b")'),
        ("!!b", '(NOT (NOT "b"))'),
        ("b == true", '("b" = true)'),
        ("false", "false"),
        ("b && n > 1", '("b" AND ("n" > 1))'),
        ("b || n > 1 || !b", '("b" OR ("n" > 1) OR (NOT "b"))'),
        ("b && b || b", '(("b" AND "b") OR "b")'),
        ("b || b && b", '("b" OR ("b" AND "b"))'),
        ("(b || b) && b", '(("b" OR "b") AND "b")'),
        ("t == 'x'", "(\"t\" = 'x')"),
        ('t == "x"', "(\"t\" = 'x')"),
        ("t == 'it\\'s'", "(\"t\" = 'it''s')"),
        ("t == 'a\\tb\\rc\\q'", "(\"t\" = 'a\tb\rcq')"),
        ("t == 'a\\nb'", "(\"t\" = 'a\nb')"),
        ("day == '2020-01-01'", "(\"day\" = '2020-01-01')"),
        ("n == null", '("n" IS NULL)'),
        ("null != n", '("n" IS NOT NULL)'),
        ("null == null", "(NULL IS NULL)"),
        ("n in [1, 2]", '("n" IN (1, 2))'),
        ("t in ['x']", "(\"t\" IN ('x'))"),
        ("n in []", "false"),
        ("size(t) > 3", '(pg_catalog.length("t"::pg_catalog.text) > 3)'),
        ("t.size() > 3", '(pg_catalog.length("t"::pg_catalog.text) > 3)'),
        ("size > 3", '("size" > 3)'),
        ("t.contains('x')", "(pg_catalog.strpos(\"t\"::pg_catalog.text, 'x') > 0)"),
        ("t.startsWith('x')", "pg_catalog.starts_with(\"t\"::pg_catalog.text, 'x')"),
        (
            "t.endsWith('x')",
            "(pg_catalog.right(\"t\"::pg_catalog.text, pg_catalog.length('x')) = 'x')",
        ),
        ("day.startsWith('2020')", "pg_catalog.starts_with(\"day\"::pg_catalog.text, '2020')"),
        ("!t.contains('x')", "(NOT (pg_catalog.strpos(\"t\"::pg_catalog.text, 'x') > 0))"),
        ("has(n)", '("n" IS NOT NULL)'),
        ("!has(t) || b", '((NOT ("t" IS NOT NULL)) OR "b")'),
        ("b ? b : !b", '(CASE "b" WHEN true THEN "b" WHEN false THEN (NOT "b") END)'),
        ("n > (b ? 1 : 2)", '("n" > (CASE "b" WHEN true THEN 1 WHEN false THEN 2 END))'),
        (
            "(b ? t : null) == null",
            '((CASE "b" WHEN true THEN "t" WHEN false THEN NULL END) IS NULL)',
        ),
        (
            "b ? b : b ? false : b",
            (
                '(CASE "b" WHEN true THEN "b" WHEN false THEN'
                ' (CASE "b" WHEN true THEN false WHEN false THEN "b" END) END)'
            ),
        ),
        (
            "(b ? day : 'x') == t",
            (
                '((CASE "b" WHEN true THEN "day"::pg_catalog.text'
                " WHEN false THEN 'x'::pg_catalog.text END) = \"t\")"
            ),
        ),
        ("t == r'a\\d'", "(\"t\" =  E'a\\\\d')"),
        (
            "t.matches('^x')",
            (
                '("t"::pg_catalog.text OPERATOR(pg_catalog.~)'
                "  E'***:(?c)\\\\Ax' COLLATE pg_catalog.\"C\")"
            ),
        ),
        ("  n==1  ", '("n" = 1)'),
        ("(((n == 1)))", '("n" = 1)'),
    ],
)
def test_a_condition_is_sql(text: str, expected: str) -> None:
    """Every operator, literal and function, with brackets that keep its meaning."""
    assert compiled(text) == expected


@pytest.mark.parametrize("name", ["n", "small", "size", "real", "double", "number", "plain"])
def test_numbers_compare_with_numbers(name: str) -> None:
    """Whatever their type; text beside them is refused."""
    assert compiled(f"{name} == 1") == f'("{name}" = 1)'
    assert refused(f"{name} == '1'").reason == "a number is compared with a text"


@pytest.mark.parametrize("name", ["t", "short", "padded", "folded", "named"])
def test_texts_compare_with_texts(name: str) -> None:
    """Whatever their type; numbers beside them are refused."""
    assert compiled(f"{name} == 'x'") == f"(\"{name}\" = 'x')"
    assert refused(f"{name} == 1").reason == "a text is compared with a number"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n", "a number is used where a condition is needed"),
        ("t && b", "a text is used where a condition is needed"),
        ("b && n", "a number is used where a condition is needed"),
        ("!n", "a number is used where a condition is needed"),
        ("null", "a null is used where a condition is needed"),
        ("b == 1", "a bool is compared with a number"),
        ("day == 1", "a other is compared with a number"),
        ("tags == 1", "a other is compared with a number"),
        ("n in [1, 'x']", "a number is compared with a text"),
        ("n < null", "null is compared by <"),
        ("null >= n", "null is compared by >="),
        ("size(n) > 1", "size is a function of text, not of a number"),
        ("n.size() > 1", "size is a function of text, not of a number"),
        ("n.contains('x')", "contains is a function of text"),
        ("t.contains(1)", "contains is a function of text"),
        ("t.matches(t)", "matches takes a pattern that is written out"),
        ("t.matches()", "matches takes a pattern that is written out"),
        ("n.matches('x')", "matches is a function of text"),
        ("t.matches('(')", "the pattern does not compile: unclosed group"),
        (r"t.matches('\d')", "the pattern has a backslash that CEL would read"),
        ("t.replace('x')", "there is no function replace of this form"),
        ("has(nn)", "the table has no column nn"),
        ("has(t.x)", "has() asks for a member of t"),
        ("has(t[0])", "has() asks for a member of t"),
        ("has(1)", "the condition cannot be read at its character 6"),
        ("has(n", "the condition cannot be read at its character 6"),
        ("n ? b : b", "a number is used where a condition is needed"),
        ("b ? n : t", "a number and a text are the two ends of one choice"),
        ("b ? n : n", "a number is used where a condition is needed"),
        ("b ? b", "the condition cannot be read at its character 6"),
        ("b ? : b", "the condition cannot be read at its character 6"),
        ("t.contains()", "there is no function contains of this form"),
        ("t.size(1)", "there is no function size of this form"),
        ("nn == 1", "the table has no column nn"),
        ("n == 1 n", "the condition cannot be read at its character 9"),
        ("!#", "the condition cannot be read at its character 2"),
        ("n == 1 #", "the condition cannot be read at its character 7"),
        ("", "the condition cannot be read at its character 1"),
        ("(b", "the condition cannot be read at its character 3"),
        ("size(t", "the condition cannot be read at its character 7"),
        ("t.contains('x'", "the condition cannot be read at its character 15"),
        ("n in [1", "the condition cannot be read at its character 8"),
        ("n in 1", "the condition cannot be read at its character 7"),
        ("- t == 1", "the condition cannot be read at its character 7"),
        ("n ==", "the condition cannot be read at its character 5"),
        ("n == == 1", "the condition cannot be read at its character 8"),
        ("n == 1 == 1", "the condition cannot be read at its character 10"),
        ("t == 'x", "the condition cannot be read at its character 5"),
        ('"&&" && b', "a text is used where a condition is needed"),
    ],
)
def test_what_is_no_condition_is_refused(text: str, reason: str) -> None:
    """With what is wrong; what cannot be read, with its character."""
    assert refused(text).reason == reason


def test_a_refusal_says_what_to_do() -> None:
    """What is near, what can be compared, or what the language has."""
    assert refused("nam == 'x'").remedy == "Did you mean `named`?"
    assert refused("n == 'x'").remedy == "Compare values of one kind; put text in quotes."
    assert refused("n < null").remedy == "Use == null or != null."
    assert refused("(").remedy.startswith("Use comparisons, &&, ||, !, ? :, in, contains")
    assert "(" in str(refused("t.replace('x')"))
    assert refused("t.matches(n)").remedy.endswith("name.matches(r'^[A-Z]+$').")
    assert refused(r"t.matches('\d')").remedy.endswith(r"r'\d+'.")


def test_a_quoted_sign_is_text() -> None:
    """An operator inside quotes joins nothing."""
    assert compiled("t == '||' || b") == '(("t" = \'||\') OR "b")'
    assert compiled("t == ','") == "(\"t\" = ',')"


@pytest.mark.parametrize(
    "text",
    [
        f"{'!' * 480}b",
        f"{'(' * 480}b{')' * 480}",
        f"n == {'-' * 480}1",
        "b && (" * 480,
        f"{'b ? b : ' * 480}b",
    ],
    ids=["not", "brackets", "minus", "unclosed", "choices"],
)
def test_a_deep_condition_is_refused_in_a_sentence(text: str) -> None:
    """Python's stack does not end it."""
    error = refused(text)
    assert "nested more than 50 levels deep" in error.reason
    assert "fewer brackets" in error.remedy


def test_a_long_condition_is_not_deep() -> None:
    """Terms side by side are no levels."""
    assert compiled(" || ".join(["!b"] * 500)).count("NOT") == 500
    assert compiled(f"{'!' * 40}b").count("NOT") == 40
