"""How reasons and notes spell a table and a column whose names need quotes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from builders.policies import AS_IT_IS, EMAIL, NAME, columns, policy

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.references import unmatched_notes
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

pytestmark = pytest.mark.postgres

ODD = 'public."order lines"."e mail"'
SOURCE = """
CREATE TABLE "order lines" ("e mail" text UNIQUE, "free text" text, old jsonb);
INSERT INTO "order lines"
    SELECT name, 'Please do call ' || name || ' about the walnut drawer', NULL
    FROM (SELECT 'Kestrel' || chr(96 + n) || ' Quillow' AS name
          FROM generate_series(1, 20) AS n) AS numbered;
CREATE TABLE alike (code text);
INSERT INTO alike SELECT "e mail" FROM "order lines";
CREATE TABLE partly (code text);
INSERT INTO partly SELECT "e mail" FROM "order lines" LIMIT 5;
INSERT INTO partly SELECT 'Walnut' || n || ' Drawer' FROM generate_series(1, 20) AS n;
CREATE TABLE told (remark text);
INSERT INTO told SELECT "free text" FROM "order lines";
CREATE TABLE soft ("e mail" text, data jsonb);
INSERT INTO soft SELECT NULL, jsonb_build_object('who', "e mail") FROM "order lines";
ANALYZE;
"""
RULES = columns("public.order lines", **{"e mail": NAME, "free text": AS_IT_IS})


def said(dsn: str, file: Any) -> str:
    """Every reason and note of a plan."""
    with source_session(dsn) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, file)
    reasons = [column.evidence for each in plan.tables for column in each.masked]
    reasons += [found.evidence for *_, found in plan.suspected]
    return "\n".join([*reasons, *plan.warnings, *unmatched_notes(plan, catalog)])


@pytest.fixture
def source(source_db: str) -> str:
    """Columns that hold the values of one with an odd name."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SOURCE)
    return source_db


def test_reasons_spell_an_odd_column_as_the_policy_does(source: str) -> None:
    """Of columns that hold its values, hold some, or have them inside of texts."""
    reasons = said(source, policy(RULES, auto_detect=True))
    assert f"its sampled values are those of {ODD}, which is masked" in reasons
    apart = RULES | columns("public.alike", code=AS_IT_IS)
    reasons = said(source, policy(apart, auto_detect=True))
    assert f"5 sampled values of {ODD}, which is masked" in reasons
    assert f"its sampled texts have values of {ODD}" in reasons


def test_a_text_that_repeats_an_odd_column_of_its_row_spells_it(source: str) -> None:
    """In quotes, behind the share of its texts."""
    rules = columns("public.order lines", **{"e mail": NAME})
    reasons = said(source, policy(rules, auto_detect=True))
    assert '100% of its sampled texts repeat their row\'s "e mail"' in reasons


def test_notes_of_references_spell_both_ends(source: str) -> None:
    """Of an alias of another mask, of one out of a document, and of one that names no column."""
    other = EMAIL | {"seed_alias": ODD}
    inside = {"from": "public.soft(data->>'who')", "to": 'public."order lines"("e mail")'}
    lost = NAME | {"seed_alias": 'public."order lines"."e post"'}
    rules = RULES | columns("public.partly", code=lost)
    rules |= columns("public.soft", **{"e mail": other, "data": AS_IT_IS})
    notes = said(source, policy(rules, relations=[inside]))
    assert f'REFERENCE public.soft."e mail": refers to {ODD}' in notes
    assert f"REFERENCE public.soft.data->>'who': refers to {ODD}" in notes
    assert "ALIAS public.partly.code: its seed_alias" in notes
    known = NAME | {"seed_alias": ODD}
    assert "ALIAS" not in said(source, policy(RULES | columns("public.partly", code=known)))
