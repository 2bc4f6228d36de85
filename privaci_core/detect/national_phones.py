"""Recognises telephone numbers as people of one country write them: without its code."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Digits in groups parted by blanks, with a trunk prefix or an area in parentheses: `07700 900101`,
# `(02) 9876 5432`. Hyphens and digits alone are those of other numbers too.
GROUPED = re.compile(r"(?:\(0?\d{1,5}\) ?|0\d{1,5}[ /])\d[\d -]*")
BEGINNINGS = ("(", "0")
FIRST_GROUP = re.compile(r"\d+")
A_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
DIGITS = range(8, 13)
# How many values tell the country; more would cost time and add little.
ENOUGH = 50
# Nearly all numbers are of one country, or they are no telephone numbers.
OF_ONE_REGION = 0.8
REGIONS = (
    *("GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PT", "IE", "PL", "CZ", "SE", "DK"),
    *("NO", "FI", "GR", "RO", "HU", "AU", "NZ", "IN", "JP", "CN", "TW", "KR", "SG", "ZA", "BR"),
    *("MX", "AR", "US", "TR", "IL"),
)
# Numbers that Ofcom and ACMA keep for fiction are in no list of valid ones.
FICTIONAL = re.compile(
    r"0?7700900\d{3}|0?1632960\d{3}|0?2079460\d{3}|0?[2378]5550\d{4}|0?491570\d{3}"
)


def national_numbers(values: Sequence[str]) -> frozenset[str]:
    """Those of the values that are numbers of the country in which most of them are valid.

    No value is asked alone: nearly every number of ten digits is valid somewhere.
    """
    grouped = [v for v in values if v.startswith(BEGINNINGS) and _may_be_number(v)]
    if not grouped:
        return frozenset()
    asked = list(islice(grouped, ENOUGH))
    most = max(sum(is_of(value, region) for value in asked) for region in REGIONS)
    return frozenset(grouped) if most >= OF_ONE_REGION * len(asked) else frozenset()


def _may_be_number(value: str) -> bool:
    if not GROUPED.fullmatch(value) or A_DATE.fullmatch(value):
        return False
    return sum(map(str.isdigit, value)) in DIGITS


def is_of(value: str, region: str) -> bool:
    """Whether a number is one of a country's."""
    import phonenumbers  # noqa: PLC0415 - only columns of such numbers need it

    if FICTIONAL.fullmatch("".join(filter(str.isdigit, value))):
        return region in {"GB", "AU"}
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number_for_region(number, region):
        return False
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return _area(value) == _area(national)


def _area(number: str) -> str:
    """The first group of a number's digits: few codes that are no telephone numbers fit it."""
    first = FIRST_GROUP.search(number)
    return first[0] if first else ""
