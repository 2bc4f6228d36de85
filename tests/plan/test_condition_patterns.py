"""Patterns of conditions: they find on Postgres what RE2 finds, and never run away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders.catalogs import catalog, table
from celpy.evaluation import function_matches
from psycopg import sql

from privaci_core.plan.condition_patterns import postgres_pattern
from privaci_core.plan.condition_terms import ConditionError
from privaci_core.plan.conditions import compile_condition

if TYPE_CHECKING:
    from substrate.databases import Connection

COLUMNS = catalog(table("public.t", "t text")).columns[1]
TEXTS = [
    *("", "a", "A", "b", "ab", "aab", "abc", "a b", "a-b", "a_b", "a.b", "a\nb", "\n", "b\n", "\t"),
    *("1", "12", "123", "12a", "(1)", "[a]", "{1}", "a{1}", "\\", "^", "$", "*", "a|b", "]", "x-"),
    *("ä", "Ä", "äb", "é1", "Straße", "٣", "日本", "a\u00a0b", "\x07", "word", "a word b", "sword"),
    *("mary@corp.example", "mary@corp", "4111 1111", "DE89 3704", "\u2028", "a\r\nb", "ab" * 40),
]
PATTERNS = [
    *(
        "(?i:a)b",
        "(?i:[a-b])c",
        "(?i)a(?-i:b)",
        "(?i:ä)",
        "(?i:[^a])",
        "(?s:a.)b.?",
        "(?i:[[:upper:]])",
    ),
    *(
        "(?i:WORD|straße)",
        "(?i-s:A.B)",
        "(?si:A.B)",
        "(?i:a(?-i:B|b))C?",
        "(?i:\\x41)b",
        "(?i:[^a-b])",
    ),
    *(
        "",
        "a",
        "^a",
        "a$",
        "^a$",
        "^$",
        "a.b",
        "(?s)a.b",
        "^.$",
        "(?s)^.$",
        "[^a]",
        "^[^a]$",
        "a|b",
    ),
    *("^(a|b)$", "^(?:a|b)+$", "(?P<x>a)b", "(?<x>a)b", "a*b", "a+?b", "a??b", "^a{2}b", "a{1,}b"),
    *(
        r"\d",
        r"\D",
        r"^\D$",
        r"\w",
        r"^\W$",
        r"\s",
        r"^\S$",
        r"[\d_]",
        r"[^\w]",
        r"[\s-]",
        r"^[\w.]+$",
    ),
    *(
        r"\bword\b",
        r"\Bword",
        r"\Aa",
        r"b\z",
        r"\.",
        r"\\",
        r"\^",
        r"\$",
        r"\*",
        r"\|",
        r"\]",
        r"\x41",
    ),
    *(r"\x{e4}", r"\n", r"\t", r"\a", "(?i)ä", "(?i)^[ä-]", "(?i)a", "(?i)[a-b]+c", "(?i)STRASSE"),
    *(
        "[]]",
        "[^]]",
        "[a-]",
        "[-a]",
        "[a\\-]",
        "[.]",
        "[*+?]",
        "[$^]",
        "[[:alpha:]]",
        "[[:digit:]]x?",
    ),
    *(
        "[^[:space:]]",
        "(?i)[[:upper:]]",
        "^[ab]{80}$",
        "(a|)b",
        "(|a)$",
        "()",
        "a||b",
        "ä+",
        "[ä-ü]",
    ),
    *(
        r"^[\w.+-]+@[\w-]+\.\w+$",
        r"^(\d{4} ){1,3}\d{4}$",
        r"[A-Z]{2}\d{2}",
        "^(?:(?:a|b){1,2}c)?",
        "日.*",
    ),
]


@pytest.mark.postgres
def test_postgres_finds_what_re2_finds(connection: Connection) -> None:
    """In every text, whatever the collation of the database."""
    query = sql.SQL(
        "SELECT array_agg({} ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY x (t, n)"
    )
    for pattern in PATTERNS:
        condition = compile_condition(f"t.matches(r'''{pattern}''')".replace("'''", "'"), COLUMNS)
        found = connection.execute(query.format(condition), [TEXTS]).fetchone()
        expected = [bool(function_matches(text, pattern)) for text in TEXTS]
        assert found is not None
        assert dict(zip(TEXTS, found[0], strict=True)) == dict(zip(TEXTS, expected, strict=True)), (
            pattern
        )


@pytest.mark.postgres
@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)+$", "(?:a*)*b", "(.*)(.*)(.*)(.*)[^a]x$"])
def test_no_text_makes_a_pattern_run_away(connection: Connection, pattern: str) -> None:
    """A search that goes back would take longer than the universe; the server ends it instead."""
    connection.execute("SET LOCAL statement_timeout = '30s'")
    query = sql.SQL("SELECT {} FROM (SELECT repeat('a', 20000) || '!' AS t) AS row")
    condition = compile_condition(f"t.matches('{pattern}')", COLUMNS)
    assert connection.execute(query.format(condition)).fetchone() == (False,)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "the pattern does not compile: unclosed group"),
        ("(?=a)", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported"),
        ("(?m)^a", "the pattern has flags other than i and s at its character 1"),
        ("a(?i)b", "the pattern has flags or a look-around at its character 2"),
        ("(?m:a)", "the pattern has flags or a look-around at its character 1"),
        (r"\pL", r"the pattern has the escape \p at its character 2"),
        (r"[\D]", r"the pattern has the escape \D at its character 3"),
        ("^*", "the pattern has an anchor that is repeated at its character 2"),
        (r"\b+", "the pattern has an anchor that is repeated at its character 3"),
        ("a**", "the pattern has a repeat of a repeat at its character 3"),
        ("a{256}", "the pattern has a repeat of more than 255 at its character 2"),
        ("((a{100}){100})", "more than 2000 parts when it is written out"),
        ("[a&&b]", "a class inside a class, or an operation of classes"),
        ("[[a]b]", "a class inside a class, or an operation of classes"),
        ("(?i)[ä-ü]", "a range of letters beyond ASCII whose case does not matter"),
        ("(" * 100 + "a" + ")" * 100, "more than 50 groups inside one another"),
    ],
)
def test_what_postgres_would_read_in_another_way_is_refused(pattern: str, reason: str) -> None:
    """Before the run, with the place and with what to write instead."""
    with pytest.raises(ConditionError) as caught:
        postgres_pattern(pattern)
    assert reason in caught.value.reason
    assert caught.value.remedy.startswith("Write it as RE2 takes it")
