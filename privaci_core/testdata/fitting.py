"""Says whether a text is surely a value of a column's type."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import DATES, INTEGERS, NUMBERS
from privaci_core.testdata.typed_values import typed_value

if TYPE_CHECKING:
    from privaci_core.testdata.table_facts import ColumnFacts

UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BOOLEANS = {True: {"t", "f"}, False: set[str]()}


def fits(facts: ColumnFacts, text: str) -> bool:
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
    if shape.type_name == "uuid":
        return UUID_FORM.fullmatch(text) is not None
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
