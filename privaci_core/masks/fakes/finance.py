"""Makes card and account numbers with valid check digits, of ranges that are never issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.keyed.digest import decimal_digits

if TYPE_CHECKING:
    import polars as pl

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


def credit_card(request: Request) -> Make:
    """Sixteen digits of a test range, the last one Luhn's."""

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("credit_card", values, attempt)
        bins = TEST_BINS[drawn.below(len(TEST_BINS), 0)]
        body = np.hstack([bins, drawn.digits(9)])
        return fixed_width(body, _luhn_digit(body))

    return made


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
    """The last digit that makes each row of fifteen a valid number."""
    figures = body.astype(np.int64) - ZERO
    figures[:, 0::2] *= 2
    total = (figures - 9 * (figures > 9)).sum(axis=1)  # noqa: PLR2004 - Luhn's own digit sum
    last: Letters = ((-total) % 10 + ZERO).astype(np.uint8)[:, None]
    return last
