"""A plan as people, reviewers and programs see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.show import Form, Line, differences, lines_of, read_lines, show
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE team (id int PRIMARY KEY, name text);
CREATE TABLE person (id int PRIMARY KEY, team int REFERENCES team, email text UNIQUE, note text,
    made text GENERATED ALWAYS AS ('x') STORED);
CREATE TABLE log (what text);
CREATE TABLE event (id int, who text, at date) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
"""
POLICY = """
version: "1.0"
tables:
  public.team: {columns: {id: {action: hash}}}
  public.person:
    columns: {email: {action: fake, provider: email}, note: {action: ner_mask, when: "id > 5"}}
  public.event: {columns: {who: {action: fake, provider: full_name}}}
  public.log: {strategy: exclude}
"""


@pytest.fixture
def lines(source_db: str) -> tuple[Line, ...]:
    """The plan of a small database."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA)
    with source_session(source_db) as source:
        catalog = read_catalog(source)
    return lines_of(plan_copy(catalog, parse_policy(POLICY)), catalog)


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_plan_is_shown(lines: tuple[Line, ...], form: Form, snapshot: SnapshotAssertion) -> None:
    """Every column once, partitions with their table, with the reason."""
    assert show(lines, form) == snapshot


def test_a_plan_is_compared_with_an_earlier_one(lines: tuple[Line, ...]) -> None:
    """Through JSON and back; what is new, gone or different is named."""
    assert read_lines(show(lines, "json")) == lines
    assert differences(lines, lines) == ()
    before = [line for line in lines if line.column != "note"]
    changed = Line(table="public.team", column="name", type="text", action="hash", reason="rule")
    after = [line for line in lines if (line.table, line.column) != ("public.team", "name")]
    assert differences(before, lines) == (
        "+ public.person.note (text): ner_mask, rule, on a condition",
    )
    assert differences(lines, [*after, changed]) == (
        "- public.team.name (text): passthrough, no rule",
        "+ public.team.name (text): hash, rule",
    )
