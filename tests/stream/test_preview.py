"""A preview shows what masks make, and nothing of what was there."""

from __future__ import annotations

import re

import psycopg
import pytest

from privaci_core.catalog.catalog import read_catalog
from privaci_core.masks import Keys
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.stream.preview import form_of, preview_tables

POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person:
    columns:
      email: {action: fake, provider: email}
      card: {action: partial, last: 4}
      city: {action: shuffle}
      reach: {action: fake, provider: email, params: {around: keep}}
      badge: {action: fpe}
      phone: {action: hash, when: "id > 1"}
"""
CREATE = """
CREATE TABLE person (id int, email text, card text, city text, phone text, born date,
    reach text, badge text) PARTITION BY RANGE (id);
CREATE TABLE person_0 PARTITION OF person FOR VALUES FROM (0) TO (100);
CREATE TABLE person_1 PARTITION OF person FOR VALUES FROM (100) TO (200);
INSERT INTO person VALUES
    (1, 'nimue@corp.example.test', '4000-1234', 'Avalon', '555 0100', NULL,
        'Avalon: lancelot@corp.example.test', 'LIC-0100'),
    (2, NULL, '4000-5678', 'Camelot', '555 0101', NULL, NULL, NULL);
CREATE TABLE empty (id int);
"""


@pytest.mark.postgres
def test_a_preview_shows_no_original(source_db: str) -> None:
    """Fakes whole, kept parts by their form, rows that a condition leaves out by a word."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(CREATE)
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        plan = plan_copy(catalog, parse_policy(POLICY))
        keys = Keys.of(b"a salt, long enough for tests")
        empty, person = preview_tables(source, catalog, plan, keys, 5)
    assert (empty.table, empty.columns, empty.copied) == ("public.empty", (), 1)
    assert (person.table, person.rows, person.copied) == ("public.person", 2, 2)
    columns = {each.name: each for each in person.columns}
    assert columns["email"].action == "fake email"
    shown = {name: [cell.shown for cell in each.cells] for name, each in columns.items()}
    assert "@" in shown["email"][0]
    assert shown["email"][1] == "NULL"
    assert shown["card"] == ["*****9999", "*****9999"]
    assert {*shown["city"]} <= {"Xxxxxx", "Xxxxxxx", "(unchanged)"}
    assert re.fullmatch(r"Xx+: [x.]+@[x.]+", shown["reach"][0])
    assert (shown["badge"][0], shown["reach"][1]) == ("XXX-9999", "NULL")
    assert shown["phone"][0] == "(unchanged)"
    assert len(shown["phone"][1]) == 64
    said = str(shown) + repr(person)
    assert not [
        word
        for word in ("nimue", "lancelot", "4000", "1234", "valon", "LIC", "0100")
        if word in said
    ]
    assert columns["email"].cells[0].before == "nimue@corp.example.test"


@pytest.mark.unit
def test_the_form_of_a_value_has_no_part_of_it() -> None:
    """Letters and digits of every script; what is neither stays, if it is ASCII."""
    assert form_of("Émile-٣4, ab_Œ\u202e!") == "Xxxxx-99, xx_X?!"
