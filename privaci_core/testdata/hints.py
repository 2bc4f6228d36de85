"""Reads in a column's own checks what its values look like: one of a list, or a pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.testdata.from_pattern import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.testdata.constraint_facts import CheckFacts

# `column = ANY (ARRAY['a', ..])`, `column = 'a' OR ..`, and `column ~ 'pattern'`, as printed.
LISTED = re.compile(r"(?<![<>!])= (?:ANY \(+ARRAY\[(?P<list>[^\]]*)\]|'(?P<one>(?:[^']|'')*)')")
TEXT = re.compile(r"'((?:[^']|'')*)'")
PATTERN = re.compile(r" ~ '(?P<pattern>(?:[^']|'')*)'")
# What a hint is: a text to choose, or a pattern to write a text of.
Hint = tuple[str, bool]


def hints_of(column: str, checks: Iterable[CheckFacts]) -> tuple[Hint, ...]:
    """What the checks of this column alone say; a condition with a negation says nothing sure."""
    alone = [check.expression for check in checks if check.columns == (column,)]
    for expression in alone:
        if pattern := PATTERN.search(expression):
            return ((pattern["pattern"].replace("''", "'"), True),)
        listed = [
            text.replace("''", "'")
            for match in LISTED.finditer(expression)
            for text in ([match["one"]] if match["list"] is None else TEXT.findall(match["list"]))
        ]
        if listed:
            return tuple((text, False) for text in listed)
    return ()


def from_hint(hints: tuple[Hint, ...], key: int) -> str:
    """A text that the hints allow."""
    text, is_pattern = hints[key % len(hints)]
    return (text_of(text, key) or text) if is_pattern else text
