"""Reads in checks which values their columns may have: literals, numbers near them, patterns."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

from privaci_core.masks.base.shape import DATES, INTEGERS, NUMBERS, TEXT
from privaci_core.testdata.fitting import fits
from privaci_core.testdata.from_pattern import text_like, text_of
from privaci_core.testdata.typed_values import typed_value
from privaci_core.testdata.words import WORD, a_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.testdata.constraint_facts import CheckFacts
    from privaci_core.testdata.table_facts import ColumnFacts

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
A_DAY = timedelta(days=1)


def candidates(
    facts: ColumnFacts, checks: Iterable[CheckFacts], row: Mapping[str, str | None], key: int
) -> list[str | None]:
    """Values that a column may have by its checks, likely ones first; NULL last."""
    found: list[str | None] = [row.get(facts.name)]
    for check in checks:
        if facts.name in check.columns:
            found.extend(_of_check(facts, check, key))
            found.extend(_between(facts, check, key))
    found.extend(_beside(facts, row))
    found.extend(_plain(facts, key))
    fitting = [each for each in found if each is None or fits(facts, each)]
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
    if type_name in NUMBERS:
        yield from _near_number(literal)
    elif facts.shape.is_text:
        yield literal + a_word(key)[: _room_behind(facts, literal)]
        yield from _of_length(literal, key)
    elif type_name == "uuid":
        yield from _near_uuid(literal, key)
    elif type_name in DATES:
        yield from _near_date(type_name, literal)


def _room_behind(facts: ColumnFacts, literal: str) -> int:
    room = facts.shape.room
    return WORD if room is None else max(0, min(WORD, room - len(literal)))


def _of_length(literal: str, key: int) -> Iterator[str]:
    """Texts of about so many characters: the number may be a length."""
    if literal.isdecimal() and int(literal) <= LONGEST:
        yield from (a_word(key, max(int(literal) + more, 0)) for more in (0, 1, -1))


def _near_uuid(literal: str, key: int) -> Iterator[str]:
    try:
        number = UUID(literal).int
    except ValueError:
        return
    far = 2 ** (key % 120)
    for more in (1, -1, 2, 3, key % far + 1, -(key % far) - 1):
        yield str(UUID(int=(number + more) % 2**128))


def _near_number(literal: str) -> Iterator[str]:
    try:
        number = Decimal(literal)
    except InvalidOperation:
        return
    for more in (1, -1, Decimal("0.5"), Decimal("-0.5")):
        yield f"{number + more:f}"


def _between(facts: ColumnFacts, check: CheckFacts, key: int) -> Iterator[str]:
    """Values between the bounds that a check names, others for other keys."""
    texts = [match["number"] or match["text"] for match in LITERAL.finditer(check.expression)]
    if facts.shape.type_name in NUMBERS:
        whole = facts.shape.type_name in INTEGERS
        bounds = sorted({number for text in texts for number in _numbers(text)})
        for low, high in pairwise(bounds):
            for part in _parts(key):
                number = low + (high - low) * part
                yield f"{number:.0f}" if whole else f"{number:.{facts.shape.scale or 2}f}"
    elif facts.shape.type_name in DATES:
        days = sorted({day for text in texts for day in _days(text)})
        for first, last in pairwise(days):
            yield from (
                (first + (last - first) * float(part)).isoformat(sep=" ")[:10]
                for part in _parts(key)
            )


def _parts(key: int) -> list[Decimal]:
    return [Decimal((key >> 16 * place) % 9973) / 9973 for place in range(VARIANTS)]


def _numbers(text: str | None) -> Iterator[Decimal]:
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return
    if number.is_finite():
        yield number


def _days(text: str | None) -> Iterator[datetime]:
    try:
        yield datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return


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
                yield from _near_number(value)
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
