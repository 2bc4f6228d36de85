"""Names of the source's columns that only a look-up finds in its texts, before and in a copy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS, NOBODY
from masks.cases import names_of
from pyroaring import BitMap64

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import PreflightError
from privaci_core.loading import hidden_names
from privaci_core.loading.hidden_names import HiddenNames
from privaci_core.masks.base.digested_names import NO_NAMES
from privaci_core.plan.addresses import Addresses
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks.base.digested_names import DigestedNames
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


@contextmanager
def planned(dsn: str, policy: str) -> Iterator[tuple[Plan, HiddenNames]]:
    """The plan of a copy, and the names that its texts are searched for."""
    with source_session(dsn) as session:
        plan = plan_of(session, read_catalog(session), parse_policy(policy))
        yield plan, HiddenNames(session, plan.tables)


def names_given(plan: Plan, names: HiddenNames) -> dict[str, DigestedNames]:
    """The names that each masked column's mask looks up."""
    tables = map(names.given_to, plan.tables)
    return {column.name: column.shape.names for table in tables for column in table.masked}


def test_masks_of_texts_know_the_names_that_no_form_gives_away(source: str) -> None:
    """Of the rows that are copied, of one column or of two; other masks and plans know none."""
    known = names_of(["Every Able", "Many Riche"])
    with planned(source, WITH_TEXTS) as found:
        assert names_given(*found) == {
            **dict.fromkeys(("name", "given", "family"), NO_NAMES),
            **dict.fromkeys(("body", "extra"), known),
        }
    with planned(source, POLICY) as found:
        assert set(names_given(*found).values()) == {NO_NAMES}


def test_a_process_reads_the_names_once_and_only_if_it_masks_texts(source: str) -> None:
    """Asked later, they are there without the session; of other tables it is never asked."""
    with planned(source, WITH_TEXTS) as (plan, names):
        given = names_given(plan, names)
    assert names_given(plan, names) == given
    people = [table for table in plan.tables if not table.reads_texts]
    unread = HiddenNames(NOBODY, plan.tables)
    assert [unread.given_to(table) for table in people] == people


def test_people_whose_rows_a_subset_leaves_out_are_known(source: str) -> None:
    """A text of a chosen row may name them."""
    nothing = Addresses(numbers=BitMap64())
    with planned(source, WITH_TEXTS) as (plan, names):
        chosen = [table.of_rows(nothing) for table in plan.tables]
        with source_session(source) as session:
            of_subset = HiddenNames(session, chosen)
            assert names_given(plan, of_subset) == names_given(plan, names)


def test_more_names_than_a_process_keeps_are_refused(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text would keep those that are not looked up; the error has none of them."""
    monkeypatch.setattr(hidden_names, "MOST_NAMES", 1)
    with planned(source, WITH_TEXTS) as found, pytest.raises(PreflightError) as refused:
        names_given(*found)
    assert "more than 1 of them" in str(refused.value)
    assert "Riche" not in str(refused.value)


def test_no_such_name_stays_in_a_copied_text(source: str, target_db: str) -> None:
    """Whose words alone say nothing."""
    copy_database(source, target_db, parse_policy(WITH_TEXTS), KEYS)
    with psycopg.connect(target_db) as connection:
        row = connection.execute("SELECT body, extra->>'a' FROM note").fetchone()
    assert row is not None
    assert not [text for text in row if "Riche" in text or "Able" in text]
    assert row[0].endswith(".")
    assert row[1].endswith(" slept.")
