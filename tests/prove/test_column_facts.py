"""A proof says of each column what it holds, or why it may be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.show import lines_of
from privaci_core.policy import parse_policy
from privaci_core.prove.column_facts import column_facts

if TYPE_CHECKING:
    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

TABLES = """
CREATE TABLE person (
    id int PRIMARY KEY, email text, title text, phone text, vat text, settings jsonb,
    label text, city text, twice int GENERATED ALWAYS AS (id * 2) STORED
);
CREATE TABLE gone (id int);
"""
RULES = """version: "1.0"
tables:
  public.gone: {strategy: exclude}
  public.person:
    columns:
      email: {action: hash}
      title: {action: fake, provider: full_name}
      settings: {action: json, default: redact}
      label: {action: passthrough}
      vat: {action: "null"}
"""


def facts_of(server: str, policy: Policy) -> dict[str, dict[str, str]]:
    """What a proof says of each column that is not in a table without rows, by its name."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(TABLES)
        catalog = read_catalog(connection)
    plan = plan_copy(catalog, policy)
    facts = column_facts(lines_of(plan, catalog), catalog, policy, plan)
    assert [fact["action"] for fact in facts if fact["column"] == "*"] == ["excluded"]
    return {fact["column"]: fact for fact in facts if fact["column"] != "*"}


def test_masked_columns_have_a_kind(source_db: str) -> None:
    """The fake's; else what the name says; else what the action is for. Copied ones have none."""
    facts = facts_of(source_db, parse_policy(RULES))
    kinds = {name: fact["kind"] for name, fact in facts.items() if "kind" in fact}
    assert kinds == {
        "email": "email", "title": "full_name", "vat": "tax_id", "settings": "document",
        "phone": "phone", "city": "city",
    }  # fmt: skip


def test_copied_columns_have_a_reason(source_db: str) -> None:
    """By name in the policy, computed, a weak sign, or no sign; masked ones have none."""
    facts = facts_of(source_db, parse_policy(RULES))
    reasons = {
        name: fact["copied_because"] for name, fact in facts.items() if "copied_because" in fact
    }
    assert reasons["label"] == "policy"
    assert reasons["twice"] == "generated"
    assert reasons["id"] == "no_sign"
    assert "email" not in reasons


def test_without_detection_nothing_is_said_to_look_harmless(source_db: str) -> None:
    """A column that was not examined is not one without a sign."""
    facts = facts_of(source_db, parse_policy(RULES + "auto_detect: false\n"))
    assert facts["id"]["copied_because"] == "not_examined"
    assert facts["phone"]["copied_because"] == "not_examined"
    assert facts["label"]["copied_because"] == "policy"
