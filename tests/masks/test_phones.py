"""Telephone numbers keep their country's code, however it is written."""

from __future__ import annotations

import re

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind

pytestmark = pytest.mark.unit

PHONE = ACTIONS.validate_python({"action": "fake", "provider": "phone"})
PREFIXES = {
    "+49 30 0000 0000": "+49000",
    "0049 30 0000 0000": "+49000",
    "+420 000 000 000": "+420000",
    "00420 000 000 000": "+420000",
    "+1 555 010 0199": "+1555",
    "001 555 010 0199": "+1555",
    "+ 420 000 000 000": "+420000",
    "   +49 30 0000": "+49000",
    "      00 44 00 0000": "+44000",
    "555 010 0199": "+1555",
    "  555 010 0199": "+1555",
    "030 0000 0000": "+1555",
    "+0 000": "+1555",
    "+42 000": "+1555",
    "not known": "+1555",
    "\u00a0+49 30 0000": "+49000",
    "\x1c+49 30 0000": "+1555",
}


def test_the_code_of_the_country_stays() -> None:
    """What has none gets America's; neighbours in the block make no difference."""
    mask = bind(PHONE, Shape(), KEYS)
    together = mask(pl.Series(list(PREFIXES))).to_list()
    alone = [mask(pl.Series([value]))[0] for value in PREFIXES]
    assert together == alone
    assert [fake[:-7] for fake in together] == list(PREFIXES.values())


FORMS = {
    "+15125550123": r"\+1[1-9]\d{9}",
    "(512) 555-0123": r"\([1-9]\d\d\) \d{3}-\d{4}",
    "512-555-0123": r"[1-9]\d\d-\d{3}-\d{4}",
    "07700 900101": r"0[1-9]\d{3} \d{6}",
    "(02) 9876 5432": r"\(0[1-9]\) \d{4} \d{4}",
    "0049 30 555010": r"0049 [1-9]\d \d{6}",
    "+886 1234 5678": r"\+886 [1-9]\d{3} \d{4}",
    "+44 (0)20 5550 0000": r"\+44 \(0\)\d\d \d{4} \d{4}",
    "555-0123": r"[1-9]\d\d-\d{4}",
    "4711": r"\d{4}",
}


@pytest.mark.parametrize("room", [None, 12])
def test_a_unique_number_keeps_its_length_and_form(room: int | None) -> None:
    """Its country's code, its leading zero and its separators, in a column of twelve too."""
    shape = Shape(type_name="varchar", max_length=room, unique=True)
    given = [number for number in FORMS if shape.holds(len(number))]
    for number, fake in zip(given, bind(PHONE, shape, KEYS)(pl.Series(given)), strict=True):
        assert re.fullmatch(FORMS[number], fake)
        assert fake != number


def test_unique_numbers_of_one_country_stay_unique() -> None:
    """All numbers of one form, and those that lack a part: no two become the same."""
    given = [
        f"{head}{number:04}"
        for head in ("+1", "+14", "+148", "001", "01", "0", "", "+ ")
        for number in range(0, 9999, 7)
    ]
    fakes = bind(PHONE, Shape(unique=True), KEYS)(pl.Series(given))
    assert fakes.n_unique() == len(set(given))
    assert not (fakes == pl.Series(given)).any()


def test_a_unique_number_is_one_however_it_is_written() -> None:
    """The digits behind a country's code do not depend on separators."""
    given = pl.Series(["+1 512 555 0123", "+15125550123", "512-555-0123"])
    fakes = bind(PHONE, Shape(unique=True), KEYS)(given)
    assert fakes.str.replace_all(r"\D", "").str.tail(10).n_unique() == 1


@pytest.mark.parametrize("provider", ["phone", "ssn", "credit_card", "postcode"])
def test_a_unique_number_without_separators_keeps_its_digits(provider: str) -> None:
    """In a column of whole numbers, each becomes one of as many digits."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": provider})
    given = pl.Series([str(10**digits + digits) for digits in range(1, 18)])
    fakes = bind(rule, Shape(type_name="int8", unique=True), KEYS)(given)
    assert fakes.str.len_chars().to_list() == given.str.len_chars().to_list()
