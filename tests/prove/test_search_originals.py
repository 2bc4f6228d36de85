"""The search for originals in a target that is full of them."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.prove import search_originals

pytestmark = pytest.mark.postgres


def test_many_finds_take_no_longer_than_none(
    target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which column it was is asked of all rows at once: each question compiles anew what is looked for."""
    values = [f"secret{n}@corp.example" for n in range(300)]
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int, note text, other text, doc jsonb)")
        connection.cursor().executemany(
            "INSERT INTO t VALUES (1, %s, 'nothing', jsonb_build_object('who', %s::text))",
            [(f"to {value}", value if number < 7 else "") for number, value in enumerate(values)],
        )
    searches = []
    holding = search_originals._holding
    monkeypatch.setattr(
        search_originals,
        "_holding",
        lambda texts, sought: searches.append(len(texts)) or holding(texts, sought),
    )
    with psycopg.connect(target_db, autocommit=True) as target:
        found = search_originals.spilled(target, target_db, values, rows=1000)
    assert found == {"public.t.note": 300, "public.t.doc": 7}
    # The rows, each of three columns, large objects, definitions.
    assert len(searches) == 6
