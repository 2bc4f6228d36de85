"""How long a language model would take for the free text of a source."""

from __future__ import annotations

import psycopg
import pytest
from builders.policies import columns, policy

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.text_costs import WORDS_PER_SECOND, about, text_costs
from privaci_core.postgres.session import source_session

TEXTS = """
CREATE TABLE visit (id int, notes text, at date) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO visit
    SELECT n, CASE WHEN n % 2 = 0 THEN 'one two three four' END, date '2024-06-01' + n % 400
    FROM generate_series(1, 2000) AS n;
CREATE TABLE review (comment text);
CREATE TABLE other (size int);
ANALYZE;
"""


@pytest.mark.postgres
def test_a_text_costs_its_words(source_db: str) -> None:
    """The rows of all partitions times the words of a row; a text that is NULL has none."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TEXTS)
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        plan = plan_copy(catalog, policy(auto_detect=True))
        costs = text_costs(source, catalog, plan)
        rules = columns("public.visit", notes={"action": "ner_mask"})
        ruled = text_costs(source, catalog, plan_copy(catalog, policy(rules)))
    assert costs[("public.review", "comment")] == 0
    assert costs[("public.visit", "notes")] * WORDS_PER_SECOND == pytest.approx(4000, rel=0.1)
    assert len(costs) == 2
    assert ruled == {("public.visit", "notes"): costs["public.visit", "notes"]}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than 1 s"),
        (0.99, "less than 1 s"),
        (1, "about 1 s"),
        (59.2, "about 60 s"),
        (60, "about 1 min"),
        (61, "about 2 min"),
        (3600, "about 1 h"),
        (3601, "about 2 h"),
    ],
)
def test_an_estimate_is_rounded_up(seconds: float, said: str) -> None:
    """Better too long than too short."""
    assert about(seconds) == said
