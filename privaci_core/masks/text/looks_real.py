"""Finds data in a text that could be a real person's: it has a known form and no reserved range."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from privaci_core.masks.text.check_digits import is_card_number

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED = re.compile(
    r"(^|\.)(example|test|invalid|localhost|local)$|(^|\.)example\.(com|net|org)$"
)
EMAIL = re.compile(
    r"(?<![\\\w])[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b"
)
PHONE = re.compile(
    r"(?<![\w.])\+[1-9]\d{1,2}[ .-]?\(?\d{2,4}\)?[ .-]?\d{3,4}[ .-]?\d{2,4}(?![\w.])"
)
TEST_PHONE = re.compile(r"\+\d{1,3}\D?555|5550|\+1555|000")
SSN = re.compile(r"(?<![\w-])(\d{3})-(\d{2})-(\d{4})(?![\w-])")
CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){15}\d(?![\w.-])")
TEST_CARDS = ("4111", "4242", "5555", "3782", "6011", "0000", "4000")
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
HIGHEST_ISSUED_AREA = 899


def unreserved(text: str) -> Iterator[str]:
    """The kinds of data in a text that could be a real person's."""
    if any(not RESERVED.search(match[1].lower()) for match in EMAIL.finditer(text)):
        yield "an e-mail address outside the reserved domains"
    if any(not TEST_PHONE.search(match[0]) for match in PHONE.finditer(text)):
        yield "a phone number outside the test ranges"
    if any(
        match[1] not in {"000", "666"} and int(match[1]) <= HIGHEST_ISSUED_AREA
        for match in SSN.finditer(text)
    ):
        yield "a social security number that could be issued"
    if any(_is_real_card(match[0]) for match in CARD.finditer(text)):
        yield "a card number that is no test number"
    if any(_is_public(match[0]) for match in IPV4.finditer(text)):
        yield "a public IP address"


def _is_real_card(text: str) -> bool:
    """Whether a text is a card's number outside the test ranges."""
    return is_card_number(text) and not re.sub(r"\D", "", text).startswith(TEST_CARDS)


def _is_public(text: str) -> bool:
    """Whether an address is reachable on the internet."""
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False
