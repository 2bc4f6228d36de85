"""How much of the people in the demo company's free texts survives their masks."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

from privaci_core.demo.answer_key import TEXTS, planted
from privaci_core.masks import Keys, Shape, bind
from privaci_core.policy import NerMask

pytestmark = pytest.mark.postgres


def test_no_planted_person_survives(company_db: str) -> None:
    """No planted name, number, address or date is left, but a few names in a hundred."""
    with psycopg.connect(company_db) as connection:
        people = list(planted(connection))
        texts = {
            (table, column, row): text
            for (table, column), (query, _) in TEXTS.items()
            for row, text, *_ in connection.execute(query.encode())
        }
    mask = bind(
        NerMask(action="ner_mask"), Shape(), Keys.of(b"a salt of the test suite, long enough")
    )
    masked = dict(zip(texts, mask(pl.Series(list(texts.values()))).to_list(), strict=True))
    assert len(people) > 500
    survived = [
        person.kind
        for person in people
        if person.value in masked[person.table, person.column, person.row]
    ]
    assert not survived
