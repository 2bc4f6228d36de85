"""The demo company by one of its organizations: what is hard about real databases, in part."""

from __future__ import annotations

import psycopg
import pytest
from builders.copies import KEYS
from builders.subsets import subset_policy

from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

# What is an organization's own, wherever it is asked.
OWN = """
SELECT (SELECT count(*) FROM invoice WHERE organization_id = 2),
       (SELECT count(*) FROM invoice_line JOIN invoice ON number = invoice_number
        WHERE organization_id = 2),
       (SELECT count(*) FROM event WHERE organization_id = 2),
       (SELECT count(*) FROM ticket_message JOIN ticket ON ticket.id = ticket_id
        WHERE ticket.organization_id = 2)
"""
OTHERS = "SELECT count(*) FROM invoice WHERE organization_id <> 2"


def test_the_demo_company_by_one_organization(company_db: str, target_db: str) -> None:
    """All that is its own comes, no invoice of another's, every key holds, and all is proved."""
    policy = subset_policy(
        start=[{"table": "public.organization", "where": "id = 2"}], rest="empty"
    )
    copy_database(company_db, target_db, policy, KEYS)
    with psycopg.connect(company_db) as source, psycopg.connect(target_db) as target:
        own = source.execute(OWN).fetchone()
        assert own is not None
        assert all(own)
        assert target.execute(OWN).fetchone() == own
        assert target.execute(OTHERS).fetchone() == (0,)
    with finished(company_db, target_db, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source, remasks=True)
        found = verdicts(evidence)
    assert {name for name, verdict in found.items() if not verdict.holds} == set()
