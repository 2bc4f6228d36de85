"""Texts are written that patterns find, and checks tell what their column holds."""

from __future__ import annotations

import re

import pytest

from privaci_core.testdata.constraint_facts import CheckFacts, of_column
from privaci_core.testdata.from_pattern import text_like, text_of
from privaci_core.testdata.hints import from_hint, hints_of

pytestmark = pytest.mark.unit

PATTERNS = (
    r"^[A-Z]{3}-\d{4}$",
    r"^(?:red|green|blue)+$",
    r"^[^a-z@]{2,5}@[a-z.]+\.(com|org)$",
    r"^a?b*c+d{2,}$",
    r"^\w+\s\w+$",
    r"^[\w-]+[]]x\.$",
    "plain",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_finds_the_text_that_is_written(pattern: str) -> None:
    """Twenty texts of each pattern are found by it; those of one with choices differ."""
    texts = [text_of(pattern, number) for number in range(20)]
    assert all(re.search(pattern, text or "") for text in texts)
    assert len(set(texts)) > 1 or pattern == "plain"


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"a(b", r"\1", "[a"])
def test_a_pattern_of_another_form_is_not_read(pattern: str) -> None:
    """Look-around, back-references and broken patterns give no text, and no error."""
    assert text_of(pattern, 1) is None


def test_wildcards_become_letters() -> None:
    """A text that LIKE finds has a letter for each wildcard, and escaped ones as they are."""
    assert re.fullmatch(r"INV-[a-z][a-z]%", text_like(r"INV-%_\%", 3))


def test_checks_tell_what_a_column_holds() -> None:
    """Lists and patterns of a column's own checks are hints; comparisons and negations are none."""
    listed = "(a = ANY (ARRAY['x'::text, 'it''s'::text]))"
    assert [text for text, _ in hints_of("a", [_check(listed)])] == ["x", "it's"]
    assert from_hint(hints_of("a", [_check("(a ~ '^z{2}$'::text)")]), 5) == "zz"
    assert hints_of("a", [_check("(a >= 'k1'::text)"), _check("(a <> 'x'::text)")]) == ()


def test_a_domain_is_checked_as_its_column() -> None:
    """VALUE becomes the column, except in texts and names."""
    check = """((VALUE > 'VALUE') OR ("VALUE" IS NULL))"""
    assert of_column(check, 'a"b') == """(("a""b" > 'VALUE') OR ("VALUE" IS NULL))"""


def _check(expression: str) -> CheckFacts:
    return CheckFacts(name="c", expression=expression, columns=("a",))
