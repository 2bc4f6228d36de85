"""Telephone numbers keep their country's code, however it is written."""

from __future__ import annotations

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
