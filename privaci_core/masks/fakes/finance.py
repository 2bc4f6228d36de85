"""Makes numbers of cards and accounts that pass every check of form and belong to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.keyed.digest import decimal_digits

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.compiled.loops import Letters
    from privaci_core.masks.fakes.request import Make, Want
    from privaci_core.masks.keyed.digest import Draw

# What the schemes give out for tests; each number has sixteen digits.
TEST_BINS = np.frombuffer(b"411111424242401288555555510510222300601111353011", np.uint8).reshape(
    -1, 6
)
CARD_DIGITS = 16
IBAN_LENGTH, UNIQUE_IBAN_LENGTH = 22, 31
BANK = b"00000000"
ALPHANUMERIC = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ZERO = ord("0")


def credit_card(want: Want) -> Make:
    """A number of a test range with Luhn's digit at its end."""
    if want.shape.unique:
        raise Unbindable(
            "fakes of the provider credit_card do not stay unique", "Use fpe, or hash."
        )
    want.need("credit_card", CARD_DIGITS)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw("credit_card", values, attempt)
        body = np.hstack([TEST_BINS[drawn.below(len(TEST_BINS), 0)], drawn.digits(9)])
        return fixed_width(body, _luhn(body))

    return made


def iban(want: Want) -> Make:
    """A German account at a bank that does not exist; where no two may meet, a Maltese one with a longer number."""
    if want.shape.unique:
        want.need("iban in a unique column", UNIQUE_IBAN_LENGTH)
        return lambda values, attempt: _maltese(want.draw("iban", values, attempt))
    want.need("iban", IBAN_LENGTH)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        account = want.draw("iban", values, attempt).digits(10)
        return _checked(b"DE", BANK, account)

    return made


def _maltese(drawn: Draw) -> pl.Series:
    account = np.hstack([drawn.letters(ALPHANUMERIC, 9, 2), drawn.letters(ALPHANUMERIC, 9, 3)])
    return _checked(b"MT", b"TEST00000", account)


def _checked(country: bytes, bank: bytes, account: Letters) -> pl.Series:
    """Put the two digits in front that make the whole, read as a number, one more than a multiple of 97."""
    rest = np.zeros(len(account), np.int64)
    constants = [
        np.broadcast_to(np.frombuffer(part, np.uint8), (len(account), len(part)))
        for part in (bank, country)
    ]
    for letter in np.hstack([constants[0], account, constants[1]]).T:
        figure = np.where(
            letter >= ord("A"),
            letter.astype(np.int64) - ord("A") + 10,
            letter.astype(np.int64) - ZERO,
        )
        rest = (rest * np.where(figure >= 10, 100, 10) + figure) % 97  # noqa: PLR2004 - a letter counts as two digits
    check = (98 - rest * 100 % 97).astype(np.uint64)
    return fixed_width(country, decimal_digits(check, 2), bank, account)


def _luhn(body: Letters) -> Letters:
    """The last digit that makes each row of fifteen a valid number."""
    figures = body.astype(np.int64) - ZERO
    figures[:, 0::2] *= 2
    total = (figures - 9 * (figures > 9)).sum(axis=1)  # noqa: PLR2004 - Luhn's own digit sum
    last: Letters = ((-total) % 10 + ZERO).astype(np.uint8)[:, None]
    return last
