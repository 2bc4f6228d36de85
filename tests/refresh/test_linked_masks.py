"""Columns that hold the same values stay alike when the rows of one of their tables are new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS

from privaci_core.errors import PreflightError
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

# The second key is declared in the policy alone, so the target has nothing that would refuse it.
SOURCE = """
CREATE TABLE person (email text PRIMARY KEY, name text);
CREATE TABLE invoice (id int, email text REFERENCES person);
CREATE TABLE letter (id int, mail text) PARTITION BY LIST (id);
CREATE TABLE letter_1 PARTITION OF letter FOR VALUES IN (1);
INSERT INTO person VALUES ('nimue@corp.example', 'Nimue');
INSERT INTO invoice VALUES (1, 'nimue@corp.example');
INSERT INTO letter VALUES (1, 'nimue@corp.example');
"""
JOINED = """
SELECT count(*) FROM person JOIN invoice USING (email) JOIN letter ON letter.mail = person.email
"""


def policy(email: str, name: str = "{action: passthrough}") -> Policy:
    """A policy with these rules for the two columns of people."""
    return parse_policy(f"""version: "1.0"
auto_detect: false
on_existing_data: drop_create
relations: [{{from: public.letter(mail), to: public.person(email)}}]
tables: {{public.person: {{columns: {{email: {email}, name: {name}}}}}}}
""")


FAKE, HASH = "{action: fake, provider: email}", "{action: hash}"


@pytest.fixture
def target(source_db: str, target_db: str) -> str:
    """A published copy whose addresses are fakes."""
    with psycopg.connect(source_db) as connection:
        connection.execute(SOURCE)
    copy_database(source_db, target_db, policy(FAKE), KEYS)
    return target_db


def refresh(source: str, target: str, tables: Iterable[str], rules: Policy) -> int:
    """Refresh some tables; returns how many letters, invoices and people match."""
    claim = Claim(tables=frozenset(f"public.{table}" for table in tables))
    copy_database(source, target, rules, KEYS, claim=claim)
    return joined(target)


def joined(target: str) -> int:
    """How many letters, invoices and people match."""
    with psycopg.connect(target) as connection:
        (count,) = connection.execute(JOINED).fetchone() or (0,)
    return int(count)


@pytest.mark.parametrize(
    ("tables", "column", "stays"),
    [
        (["letter"], "public.letter.mail", "public.person"),
        (["person", "invoice"], "public.person.email", "public.letter"),
        (["invoice"], "public.invoice.email", "public.person"),
    ],
)
def test_a_changed_mask_of_a_linked_column_is_refused(
    source_db: str, target: str, tables: list[str], column: str, stays: str
) -> None:
    """The message names the column and the table to add, and the target stays as it is."""
    with pytest.raises(PreflightError) as refused:
        refresh(source_db, target, tables, policy(HASH))
    assert f"the mask of {column} changed" in str(refused.value)
    assert f"Add {stays} to the tables" in str(refused.value)
    assert joined(target) == 1


def test_all_linked_tables_together_may_change(source_db: str, target: str) -> None:
    """No row stays that would have to match the old masks."""
    assert refresh(source_db, target, ["person", "invoice", "letter"], policy(HASH)) == 1


def test_other_masks_may_change(source_db: str, target: str) -> None:
    """A column without links is nothing that rows of another table would have to match."""
    assert refresh(source_db, target, ["person"], policy(FAKE, HASH)) == 1


def test_unchanged_masks_of_linked_columns_match(source_db: str, target: str) -> None:
    """Each table alone, one after the other, keeps all its matches."""
    for table in ("letter", "person", "invoice"):
        assert refresh(source_db, target, [table], policy(FAKE)) == 1
