"""Tells numbers of cards and accounts from other numbers by their check digits."""

from __future__ import annotations

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

CARD_DIGITS = range(13, 20)
# An IBAN is checked with its country and check digits, the first four characters, at the end.
IBAN_HEAD = 4


def is_card_number(text: str) -> bool:
    """Whether a text's digits, other signs aside, are as many as a card's and pass Luhn's check."""
    digits = "".join(str(int(letter)) for letter in text if letter.isdecimal())
    return len(digits) in CARD_DIGITS and luhn.is_valid(digits)


def is_account_number(text: str) -> bool:
    """Whether a text passes an IBAN's check (ISO 7064, modulo 97), blanks and case aside."""
    plain = "".join(text.split())
    return mod_97_10.is_valid(plain[IBAN_HEAD:] + plain[:IBAN_HEAD])
