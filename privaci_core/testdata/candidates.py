"""Reads in checks which values their columns may have: literals, numbers near them, patterns."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import DATES, INTEGERS, NUMBERS, TEXT
from privaci_core.testdata.from_pattern import text_like, text_of
from privaci_core.testdata.typed_values import a_word, typed_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.testdata.table_facts import CheckFacts, ColumnFacts

# A pattern operator, a text with its type behind it, or a number, as the server prints them.
LITERAL = re.compile(
    r"""(?P<operator>!?~~?\*?\s+)?(?:E?'(?P<text>(?:[^']|'')*)'(?P<type>::[\w. "]+(?:\[\])?)?
    |(?<![\w.$"])(?P<number>-?\d+(?:\.\d+)?))""",
    re.VERBOSE,
)
ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')
# Texts of one pattern that are tried.
VARIANTS = 8
# A text is lengthened to at most so many characters.
LONGEST = 4000
BOOLEANS = {True: {"t", "f"}, False: set[str]()}
A_DAY = timedelta(days=1)


def candidates(
    facts: ColumnFacts, checks: Iterable[CheckFacts], row: Mapping[str, str | None], key: int
) -> list[str | None]:
    """Values that a column may have by its checks, likely ones first; NULL last."""
    found: list[str | None] = [row.get(facts.name)]
    for check in checks:
        if facts.name in check.columns:
            found.extend(_of_check(facts, check, key))
    found.extend(_beside(facts, row))
    found.extend(_plain(facts, key))
    fitting = [each for each in found if each is None or _fits(facts, each)]
    if not facts.column.not_null:
        fitting.append(None)
    return list(dict.fromkeys(fitting))


def _of_check(facts: ColumnFacts, check: CheckFacts, key: int) -> Iterator[str]:
    for match in LITERAL.finditer(check.expression):
        if match["number"] is not None:
            yield from _near(facts, match["number"], key)
            continue
        text = match["text"].replace("''", "'")
        if match["operator"] and facts.shape.type_name in TEXT:
            yield from _of_pattern(match["operator"].strip(), text, key)
        elif (match["type"] or "").endswith("[]"):
            for quoted, plain in ELEMENT.findall(text):
                yield from _near(facts, quoted or plain, key)
        else:
            yield from _near(facts, text, key)


def _of_pattern(operator: str, pattern: str, key: int) -> Iterator[str]:
    for variant in range(VARIANTS):
        made = (text_like if "~~" in operator else text_of)(pattern, key + variant)
        if made is not None:
            yield made


def _near(facts: ColumnFacts, literal: str, key: int) -> Iterator[str]:
    """A literal, and what is on either side of it."""
    type_name = facts.shape.type_name
    yield literal
    if type_name in NUMBERS or facts.shape.is_text:
        yield from _near_number(facts, literal, key)
    elif type_name in DATES:
        yield from _near_date(type_name, literal)


def _near_number(facts: ColumnFacts, literal: str, key: int) -> Iterator[str]:
    try:
        number = Decimal(literal)
    except InvalidOperation:
        return
    if facts.shape.is_text:
        if number == number.to_integral_value() and 0 <= number <= LONGEST:
            yield from (a_word(key, max(int(number) + more, 0)) for more in (0, 1, -1))
        return
    for more in (1, -1, Decimal("0.5"), Decimal("-0.5")):
        yield f"{number + more:f}"


def _near_date(type_name: str, literal: str) -> Iterator[str]:
    try:
        moment = datetime.fromisoformat(literal)
    except ValueError:
        return
    for more in (A_DAY, -A_DAY):
        near = moment + more
        yield near.date().isoformat() if type_name == "date" else near.isoformat(sep=" ")


def _beside(facts: ColumnFacts, row: Mapping[str, str | None]) -> Iterator[str]:
    """The row's other values, and what is on either side of them."""
    for name, value in row.items():
        if name != facts.name and value is not None and len(value) <= LONGEST:
            type_name = facts.shape.type_name
            yield value
            if type_name in NUMBERS:
                yield from _near_number(facts, value, 0)
            elif type_name in DATES:
                yield from _near_date(type_name, value)


def _plain(facts: ColumnFacts, key: int) -> Iterator[str]:
    yield from (text for text in (typed_value(facts, key + more) for more in range(3)) if text)
    yield from facts.shape.labels
    yield from facts.words
    if facts.shape.type_name == "bool":
        yield from "tf"
    elif facts.shape.type_name in NUMBERS:
        yield from ("0", "1", "-1", "100")
    elif facts.shape.is_text:
        word = a_word(key)
        yield from ("", word, word.upper(), f"{word}@example.test", str(key)[:8])


def _fits(facts: ColumnFacts, text: str) -> bool:
    """Whether a value is surely of the column's type: one that is not would end the question."""
    shape = facts.shape
    if shape.is_text and not facts.column.is_array:
        return shape.holds(len(text)) and "\x00" not in text
    few = (
        {"{}"} if facts.column.is_array else {*shape.labels} or BOOLEANS[shape.type_name == "bool"]
    )
    if few:
        return text in few
    if shape.type_name in NUMBERS:
        return _fits_number(facts, text)
    if shape.type_name in DATES:
        return _is_date(text)
    return text == typed_value(facts, 0) or text in facts.words


def _fits_number(facts: ColumnFacts, text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    highest = INTEGERS.get(facts.shape.type_name)
    if highest is not None:
        return (
            number == number.to_integral_value()
            and -highest <= number <= highest
            and "." not in text
        )
    precision, scale = facts.shape.precision, facts.shape.scale
    if precision is None or scale is None:
        return True
    return abs(number) < Decimal(10) ** (precision - scale)


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
