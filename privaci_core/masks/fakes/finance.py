"""Makes card and account numbers with valid check digits, of ranges that are never issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.keyed.digest import decimal_digits
from privaci_core.masks.keyed.format_preserving import encrypt
from privaci_core.masks.keyed.numerals import DIGITS, by_digits, in_groups
from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    from privaci_core.compiled.loops import Letters
    from privaci_core.masks.fakes.request import Make, Request
    from privaci_core.masks.keyed.digest import DigestWords

# What the card schemes issue for tests.
BIN_DIGITS = 6
BINS = b"411111424242401288555555510510222300601111353011"
TEST_BINS = np.frombuffer(BINS, np.uint8).reshape(len(BINS) // BIN_DIGITS, BIN_DIGITS)
UNIQUE_IBAN_LENGTH = 31
BANK = b"00000000"
ALPHANUMERIC = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ZERO = ord("0")
# How many digits cards have, and how many stand before the check digit of the longest.
CARD_DIGITS = (12, 19)
LONGEST_BODY = 18
ISSUED, UNISSUED = "23456", "01789"


def credit_card(request: Request) -> Make:
    """Sixteen digits of a test range, the last one Luhn's; one of its form in a unique column."""
    if request.shape.unique:
        return _unique_card(request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("credit_card", values, attempt)
        bins = TEST_BINS[drawn.below(len(TEST_BINS), 0)]
        body = np.hstack([bins, drawn.digits(9)])
        return fixed_width(body, _luhn_digit(body))

    return made


def _unique_card(request: Request) -> Make:
    """As many digits and the same separators, of a range in which no scheme issues cards.

    The first digits 2 to 6 are those of cards; each trades places with one of the other five.
    """
    key = request.key("credit_card")
    short, middle = encrypt(DIGITS, key + b"short"), encrypt(DIGITS, key)
    partners = _partners(key)

    def card(digits: pl.Series) -> pl.Series:
        first = digits.str.head(1).replace_strict(partners, return_dtype=pl.String)
        body = first + middle(digits.str.slice(1).str.head(-1))
        return body + _check_digit(digits, body)

    def permuted(_values: pl.Series, digits: pl.Series) -> pl.Series:
        is_card = digits.str.len_chars().is_between(*CARD_DIGITS)
        return in_groups(digits, [(is_card, card), (~is_card, short)])

    masked = by_digits(permuted, key)
    return lambda values, _attempt: masked(values)


def _partners(key: bytes) -> dict[str, str]:
    """The digit that replaces each first digit."""
    order = permutation(key, len(ISSUED))(np.arange(len(ISSUED), dtype=np.uint64))
    pairs = [(ISSUED[place], UNISSUED[int(order[place])]) for place in range(len(ISSUED))]
    return dict(pairs) | {other: one for one, other in pairs}


def _check_digit(digits: pl.Series, body: pl.Series) -> pl.Series:
    """Luhn's digit behind a valid number; behind another, as far from it as its own was."""
    own = digits.str.tail(1).cast(pl.Int64) - _luhn(digits.str.head(-1))
    return ((_luhn(body) + own + 10) % 10).cast(pl.String)


def _luhn(bodies: pl.Series) -> pl.Series:
    """The digit that makes each number valid; zeros in front of a body count for nothing."""
    padded = bodies.str.pad_start(LONGEST_BODY, "0").str.join("").item().encode()
    return pl.Series(
        _luhn_digit(np.frombuffer(padded, np.uint8).reshape(-1, LONGEST_BODY))[:, 0] - ZERO
    ).cast(pl.Int64)


def iban(request: Request) -> Make:
    """A German account at a bank that does not exist; for a unique column a longer, Maltese one."""
    if request.shape.unique:
        request.need("iban in a unique column", UNIQUE_IBAN_LENGTH)
        return lambda values, attempt: _maltese(request.draw("iban", values, attempt))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        account = request.draw("iban", values, attempt).digits(10)
        return _with_check_digits(b"DE", BANK, account)

    return made


def _maltese(drawn: DigestWords) -> pl.Series:
    account = np.hstack([drawn.letters(ALPHANUMERIC, 9, 2), drawn.letters(ALPHANUMERIC, 9, 3)])
    return _with_check_digits(b"MT", b"TEST00000", account)


def _with_check_digits(country: bytes, bank: bytes, account: Letters) -> pl.Series:
    """An IBAN: its check digits make the number, read from the bank on, 1 modulo 97 (ISO 7064)."""
    rest = np.zeros(len(account), np.int64)
    letters = [_repeated(bank, len(account)), account, _repeated(country, len(account))]
    for letter in np.hstack(letters).T:
        code = letter.astype(np.int64)
        is_letter = letter >= ord("A")
        figure = code - np.where(is_letter, ord("A") - 10, ZERO)
        # A letter counts as two digits.
        rest = (rest * np.where(is_letter, 100, 10) + figure) % 97
    check = (98 - rest * 100 % 97).astype(np.uint64)
    return fixed_width(country, decimal_digits(check, 2), bank, account)


def _repeated(constant: bytes, rows: int) -> Letters:
    return np.broadcast_to(np.frombuffer(constant, np.uint8), (rows, len(constant)))


def _luhn_digit(body: Letters) -> Letters:
    """The last digit that makes each row a valid number."""
    figures = body.astype(np.int64) - ZERO
    figures[:, 1 - figures.shape[1] % 2 :: 2] *= 2
    total = (figures - 9 * (figures > 9)).sum(axis=1)  # noqa: PLR2004 - Luhn's own digit sum
    last: Letters = ((-total) % 10 + ZERO).astype(np.uint8)[:, None]
    return last
