"""Names of the source's columns that only a look-up finds in its texts, before and in a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS

from privaci_core.catalog.catalog import read_catalog
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh import hidden_names
from privaci_core.refresh.hidden_names import with_hidden_names
from privaci_core.refresh.open import plan_of
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from privaci_core.plan.plan import Plan

pytestmark = pytest.mark.postgres

SOURCE = """
CREATE TABLE person (id int PRIMARY KEY, name text, label text);
CREATE TABLE patient (id int PRIMARY KEY, given text, family text);
CREATE TABLE note (id int PRIMARY KEY, body text, extra jsonb);
INSERT INTO person VALUES (1, 'Many Riche', 'Every Word'), (2, 'Olga Farrow', ''),
    (3, NULL, ''), (4, 'Plenty Riche', '');
INSERT INTO patient VALUES (1, 'Every', 'Able'), (2, 'Every', NULL);
INSERT INTO note VALUES (1, 'Many Riche called for Every Able.', '{"a": "Every Able slept."}');
"""
TEXTS = "public.note: {columns: {body: {action: ner_mask}, extra: %s}}"
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person: {where: id < 4, columns: {name: {action: fake, provider: full_name}}}
  public.patient:
    columns:
      given: {action: fake, provider: first_name}
      family: {action: fake, provider: last_name}
"""
WITH_TEXTS = f"{POLICY}  {TEXTS % '{action: json, paths: {$.a: {action: ner_mask}}}'}\n"


@pytest.fixture
def source(source_db: str) -> str:
    """People whose names are words, and notes about them."""
    with psycopg.connect(source_db) as connection:
        connection.execute(SOURCE)
    return source_db


def planned(dsn: str, policy: str) -> Plan:
    """The plan of a copy, with the names that its texts are searched for."""
    with source_session(dsn) as session:
        plan = plan_of(session, read_catalog(session), parse_policy(policy))
        return with_hidden_names(session, plan)


def names_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The names that each masked column's mask looks up."""
    return {column.name: column.shape.names for table in plan.tables for column in table.masked}


def test_masks_of_texts_know_the_names_that_no_form_gives_away(source: str) -> None:
    """Of the rows that are copied, of one column or of two; other masks and plans know none."""
    known = ("Every Able", "Many Riche")
    assert names_of(planned(source, WITH_TEXTS)) == {
        **dict.fromkeys(("name", "given", "family"), ()),
        **dict.fromkeys(("body", "extra"), known),
    }
    assert set(names_of(planned(source, POLICY)).values()) == {()}


def test_without_texts_no_name_is_read(source: str) -> None:
    """To read every name would take long, and no mask would look one up."""
    with source_session(source) as session:
        plan = plan_of(session, read_catalog(session), parse_policy(POLICY))
        assert with_hidden_names(session, plan) is plan


def test_of_very_many_names_the_first_are_known(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of their letters, so that every process knows the same."""
    monkeypatch.setattr(hidden_names, "MOST_NAMES", 1)
    assert names_of(planned(source, WITH_TEXTS))["body"] == ("Every Able",)


def test_no_such_name_stays_in_a_copied_text(source: str, target_db: str) -> None:
    """Whose words alone say nothing."""
    copy_database(source, target_db, parse_policy(WITH_TEXTS), KEYS)
    with psycopg.connect(target_db) as connection:
        row = connection.execute("SELECT body, extra->>'a' FROM note").fetchone()
    assert row is not None
    assert not [text for text in row if "Riche" in text or "Able" in text]
    assert row[0].endswith(".")
    assert row[1].endswith(" slept.")
