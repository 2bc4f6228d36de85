"""Columns of tokens and random strings, whatever they are called."""

from __future__ import annotations

import pytest
from builders.suspected import looking, suspected

pytestmark = pytest.mark.unit


def test_tokens_are_secrets_by_their_form() -> None:
    """Surely if most of enough values have it."""
    contents = looking(shares={"token": 0.9})
    evidence = "90% of 40 sampled values look like tokens"
    assert suspected("c1 text", contents=contents) == ("secret", "high", evidence)
    found = suspected("c1 text", contents=looking(shares={"token": 0.5}))
    assert found
    assert found[:2] == ("secret", "medium")
    assert suspected("c1 text", contents=looking(shares={"token": 0.1})) is None


@pytest.mark.parametrize(
    ("table", "column", "confidence"),
    [
        ("session", "c1", "high"),
        ("customer", "c1", "high"),
        ("thing", "c1", "medium"),
        ("customer", "avatar_etag", None),
        ("customer", "file_sha256", None),
        ("thing", "external_id", None),
        ("thing", "objectKey", None),
    ],
)
def test_random_strings_are_secrets_where_nothing_says_otherwise(
    table: str, column: str, confidence: str | None
) -> None:
    """Surely in a table of people or of what they log in with; never keys and hashes of things."""
    contents = looking(shares={"secret": 1.0})
    found = suspected(f"{column} text", of=table, contents=contents)
    assert (found and found[:2]) == (confidence and ("secret", confidence))
    uuids = looking(shares={"secret": 1.0, "uuid": 1.0})
    assert suspected(f"{column} text", of="thing", contents=uuids) is None
