"""Check digits of fakes, compared with another implementation, and of numbers in texts."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masks.cases import ACTIONS, KEYS
from stdnum import iban, luhn
from stdnum.us import ssn

from privaci_core.masks import Shape, bind
from privaci_core.masks.text.check_digits import is_account_number, is_card_number

pytestmark = pytest.mark.unit

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

VALUES = pl.Series([f"value {number}" for number in range(200)])


def fakes(provider: str, shape: Shape) -> list[str]:
    """Two hundred fakes of a provider."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": provider})
    return bind(rule, shape, KEYS)(VALUES).to_list()


def test_cards_pass_luhn() -> None:
    """Every fake has sixteen digits, the last one right, and most differ."""
    cards = fakes("credit_card", Shape())
    assert all(luhn.is_valid(card) and len(card) == 16 for card in cards)
    assert len(set(cards)) == len(cards)


@pytest.mark.parametrize("shape", [Shape(), Shape(unique=True)])
def test_accounts_pass_as_ibans(shape: Shape) -> None:
    """German fakes and Maltese ones have valid check digits and their country's length."""
    accounts = fakes("iban", shape)
    assert all(iban.is_valid(account, check_country=False) for account in accounts)
    assert len(set(accounts)) == len(accounts)


def test_social_security_numbers_are_never_issued() -> None:
    """The library refuses the area of every fake."""
    assert not any(ssn.is_valid(number[1:]) for number in fakes("ssn", Shape()))


@settings(max_examples=30)
@given(st.text("0123456789", min_size=1, max_size=24))
def test_a_card_number_has_thirteen_to_nineteen_digits(digits: str) -> None:
    """With Luhn's digit and a card's length it is one, whatever separates the digits."""
    number = digits + luhn.calc_check_digit(digits)
    is_one = 13 <= len(number) <= 19
    assert is_card_number(number) is is_one
    assert is_card_number("-".join(number)) is is_one
    assert not is_card_number(digits + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("4111-1111-1111-1111", True),
        ("4111 1111 1111 1112", False),
        ("4" + "2" * 12, True),
        *(("0" * length, 13 <= length <= 19) for length in (12, 13, 19, 20)),
        ("4111111111111111".translate(ARABIC), True),
        ("", False),
    ],
)
def test_card_numbers(text: str, is_one: bool) -> None:  # noqa: FBT001
    """Digits of any script count, signs between them do not."""
    assert is_card_number(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("DE89 3704 0044 0532 0130 00", True),
        ("de89370400440532013000", True),
        ("DE88 3704 0044 0532 0130 00", False),
        ("DE98 3704 0044 0532 0130 00", False),
        ("MT84MALT011000012345MTLCAST001S", True),
    ],
)
def test_account_numbers(text: str, is_one: bool) -> None:  # noqa: FBT001
    """Blanks and case do not count; one wrong check digit does."""
    assert is_account_number(text) is is_one


def test_unique_cards_keep_their_form_and_belong_to_no_scheme() -> None:
    """Luhn's digit is right, and the first one is of no range in which cards are issued."""
    given = ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011000990139424"]
    rule = ACTIONS.validate_python({"action": "fake", "provider": "credit_card"})
    found = bind(rule, Shape(unique=True), KEYS)(pl.Series(given)).to_list()
    for card, fake in zip(given, found, strict=True):
        assert luhn.is_valid(re.sub(r"\D", "", fake))
        assert fake[0] in "01789"
        assert re.sub(r"\d", "0", fake) == re.sub(r"\d", "0", card)


def test_unique_cards_with_wrong_digits_stay_unique() -> None:
    """Numbers that differ in the last digit alone."""
    given = pl.Series([f"411111111111111{last}" for last in range(10)])
    rule = ACTIONS.validate_python({"action": "fake", "provider": "credit_card"})
    assert bind(rule, Shape(unique=True), KEYS)(given).n_unique() == len(given)


def test_a_unique_social_security_number_looks_like_one() -> None:
    """Nine digits with the dashes where they were."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": "ssn"})
    found = bind(rule, Shape(unique=True, type_name="bpchar", max_length=11), KEYS)
    assert re.fullmatch(r"\d{3}-\d\d-\d{4}", found(pl.Series(["987-65-4320"]))[0])
