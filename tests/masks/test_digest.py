"""Digests of columns: an HMAC of each value, and what is cut out of its words."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import polars as pl
import pytest

from privaci_core.compiled import loops
from privaci_core.masks.keyed.digest import (
    CODE_LENGTH,
    HEX_DIGITS,
    DigestWords,
    decimal_digits,
    digest,
)

pytestmark = pytest.mark.unit

HEX_KEY = bytes(range(32)).hex()
VALUES = pl.Series(["ann", "bob", "ünï"])


@pytest.mark.parametrize("compiled", [True, False])
def test_a_digest_is_an_hmac(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Of the value's bytes under the key's hexadecimal digits; NULL stays."""
    monkeypatch.setattr(loops, "LOADED", compiled and loops.LOADED)
    expected = [
        hmac.new(HEX_KEY.encode(), value.encode(), hashlib.sha256).hexdigest() for value in VALUES
    ]
    assert digest(VALUES, HEX_KEY).to_list() == expected
    assert len(expected[0]) == HEX_DIGITS
    with_null = pl.Series(["ann", None])
    assert digest(with_null, HEX_KEY).to_list() == [expected[0], None]
    words = DigestWords.of(VALUES, HEX_KEY).words
    assert words.shape == (3, 4)
    assert [f"{word:016x}" for word in words[0].tolist()] == [
        expected[0][start : start + 16] for start in range(0, 64, 16)
    ]
    assert len(DigestWords.of(VALUES.head(0), HEX_KEY).words) == 0


def test_what_is_cut_out_of_a_digest() -> None:
    """Numbers, digits, letters and codes, each from a word of its own."""
    words = np.array([[5, 1234, 26**2 + 2, 33], [17, 99, 27, 2**64 - 1]], np.uint64)
    drawn = DigestWords(words)
    assert drawn.below(4, 0).tolist() == [1, 1]
    assert drawn.pick(pl.Series(["a", "b", "c"])).to_list() == ["c", "c"]
    assert drawn.pick(pl.Series(["a", "b", "c"]), 1).to_list() == ["b", "a"]
    assert [bytes(row) for row in drawn.digits(3)] == [b"234", b"099"]
    assert [bytes(row) for row in drawn.digits(2, 3)] == [b"33", b"15"]
    alphabet = b"abcdefghijklmnopqrstuvwxyz"
    assert [bytes(row) for row in drawn.letters(alphabet, 3)] == [b"cab", b"bba"]
    assert drawn.code().to_list() == ["bb" + "a" * 11, "9" * 12 + "r"]
    assert CODE_LENGTH == 13


@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_as_digits(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """With zeros in front, up to nineteen digits."""
    monkeypatch.setattr(loops, "LOADED", compiled and loops.LOADED)
    found = decimal_digits(np.array([0, 7, 10**18 + 1], np.uint64), 19)
    assert [bytes(row) for row in found] == [b"0" * 19, b"0" * 18 + b"7", b"1" + b"0" * 17 + b"1"]
