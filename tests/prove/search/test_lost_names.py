"""Names that a mask took out of free texts are originals too, wherever else they are."""

from __future__ import annotations

from typing import Any

import polars as pl
import psycopg
import pytest

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search import lost_names
from privaci_core.prove.search.lost_names import _pairs_in
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

KEYS = Keys.of(b"a salt of the test suite, long enough")
TABLES = """
CREATE TABLE report (id int PRIMARY KEY, prose text, aside text);
INSERT INTO report VALUES
    (1, 'Elspeth Thornquist called twice, says the Harbour Office', 'nothing'),
    (2, 'the Harbour Office was closed', 'the Harbour Office'),
    (3, 'Elspeth Marie Thornquist came', NULL), (4, NULL, '');
"""
POLICY = """version: "1.0"
auto_detect: false
tables: {public.report: {columns: {prose: {action: ner_mask}}}}
"""
MASKED = """
UPDATE report SET prose = 'Ada Lindqvist called twice, says the Harbour Office' WHERE id = 1;
UPDATE report SET prose = 'Ada Bea Lindqvist came' WHERE id = 3;
UPDATE report SET prose = 'the Harbour Office was closed' WHERE id = 2;
"""


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Elspeth Thornquist called", {"Elspeth Thornquist"}),
        ("see Dr  Jean-Luc\nO'Brien-Smith", {"Dr Jean-Luc", "Jean-Luc O'Brien-Smith"}),
        ("Élodie Ørsted, Łukasz Żak", {"Élodie Ørsted", "Łukasz Żak"}),
        ("nothing here. And Nothing there", {"And Nothing"}),
        ("A B, IBM, alone Capital", set()),
        ("", set()),
    ],
)
def test_names_are_pairs_of_capitalized_words(text: str, pairs: set[str]) -> None:
    """Whatever is between them, each pair is written with one blank."""
    assert _pairs_in(pl.Series([text, None], dtype=pl.String)) == pairs


@pytest.fixture
def copied(source_db: str, target_db: str) -> tuple[str, str]:
    """Reports whose names a model has replaced; the office stays, as it names no person."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(TABLES.encode())
    copy_database(source_db, target_db, parse_policy(POLICY), KEYS)
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute(MASKED.encode())
    return source_db, target_db


def judged(source: str, target: str) -> Any:
    """The verdict of the search."""
    with finished(source, target, parse_policy(POLICY), KEYS) as opened:
        return no_originals(Evidence(copy=opened.copy, source=opened.connections.source))


@pytest.mark.postgres
@pytest.mark.parametrize(
    "planted", ["Elspeth Thornquist", "THORNQUIST, Elspeth", "Marie Thornquist"]
)
def test_a_name_that_was_replaced_is_found_elsewhere(copied: tuple[str, str], planted: str) -> None:
    """In any order of its words; what stays in the column is no original."""
    assert judged(*copied).wrong == {}
    with psycopg.connect(copied[1], autocommit=True) as target:
        target.execute("UPDATE report SET aside = %s WHERE id = 1", [f"ask {planted}."])
    verdict = judged(*copied)
    assert verdict.wrong == {"public.report.aside": {"public.report.prose": 1}}
    assert "hornquist" not in str(verdict).lower()


@pytest.mark.postgres
def test_names_that_find_no_room_are_counted(
    copied: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of a whole phone book does not fill the memory."""
    everything = judged(*copied).details["left_out"]
    monkeypatch.setattr(lost_names, "MOST_PAIRS", 1)
    found = judged(*copied).details["left_out"]
    assert found["more than fit in memory"] >= 1
    assert "more than fit in memory" not in everything
