"""Names of runs sort by time, and tokens are known by their hash alone."""

from __future__ import annotations

import re

import pytest

from privaci_core.testdata.tokens import hash_of, is_token, new_run, new_token

pytestmark = pytest.mark.unit


def test_a_run_is_a_ulid_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later run has a greater name of 26 letters of Crockford's alphabet."""
    names = []
    for milliseconds in (1, 1_795_000_000_000, 2**48 - 1):
        monkeypatch.setattr("time.time_ns", lambda now=milliseconds: now * 1_000_000)
        names.append(new_run())
    assert names == sorted(names)
    assert all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", name) for name in names)
    # The first ten letters are the time.
    assert (names[0][:10], names[2][:10]) == ("0000000001", "7ZZZZZZZZZ")


def test_two_runs_of_one_moment_have_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the name is drawn."""
    monkeypatch.setattr("time.time_ns", lambda: 1)
    assert len({new_run() for _ in range(1000)}) == 1000


def test_a_token_is_known_by_its_hash() -> None:
    """The hash of a token matches it and no other one, and does not hold it."""
    token, other = new_token(), new_token()
    kept = hash_of(token)
    assert is_token(token, kept)
    assert not is_token(other, kept)
    assert not is_token("", kept)
    assert token.encode() not in kept
    assert len(kept) == 32
