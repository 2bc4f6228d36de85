"""What documents are suspected of, by their keys and by the texts at their paths."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import suspicions

pytestmark = pytest.mark.unit


def in_document(*paths: str, **shares: float) -> dict[str, str]:
    """What is suspected of a document with texts at these paths."""
    source = catalog(table("public.thing", "doc jsonb"))
    looks = Looks(sampled=40, distinct=40, letters=1.0, digits=1.0, words=1.0, shares=shares)
    contents = Contents(paths=dict.fromkeys(paths, looks))
    suspicion = suspicions(source, {(1, "doc"): contents})[1, "doc"]
    assert suspicion.confidence == ("high" if suspicion.paths else "medium")
    if suspicion.paths:
        listed = ", ".join(f"{path} ({kind})" for path, kind in suspicion.paths)
        assert suspicion.evidence == f"its paths {listed}"
    return dict(suspicion.paths)


def test_documents_are_suspected_by_their_keys() -> None:
    """The last key, and the one above it where it holds a person."""
    paths = ("$.customer.name", "$.owner.name", "$.members[*].name", "$.thing.name", "$.name")
    assert in_document(*paths) == {
        "$.customer.name": "full_name",
        "$.owner.name": "full_name",
        "$.members[*].name": "full_name",
    }
    assert in_document("$.a.b.phone", "$.phones[*]", "$.size", "$") == {
        "$.a.b.phone": "phone",
        "$.phones[*]": "phone",
    }


def test_documents_are_suspected_by_their_texts() -> None:
    """Where the keys say nothing or not for sure, and not where the texts contradict the key."""
    assert in_document("$.a", "$[*]", email=0.9) == {"$.a": "email", "$[*]": "email"}
    assert in_document("$.city", email=0.9) == {"$.city": "email"}
    assert in_document("$.a", email=0.5) == {}
    assert in_document("$.email") == {}
