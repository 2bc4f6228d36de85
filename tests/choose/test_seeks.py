"""While rows are chosen, the server takes addresses for what they are: in order."""

from __future__ import annotations

import pytest
from substrate.databases import run

from privaci_core.choose.seeks import cheap_seeks
from privaci_core.postgres.session import source_session

pytestmark = pytest.mark.postgres


def test_few_rows_are_fetched_by_their_addresses(source_db: str) -> None:
    """One row of each block: the planner would read all of the table for them."""
    run(
        source_db,
        "CREATE TABLE wide (id int, note text)",
        "INSERT INTO wide SELECT n, repeat('x', 360) FROM generate_series(1, 8400) AS n",
        "VACUUM ANALYZE wide",
    )
    addresses = ",".join(f'"({block},1)"' for block in range(400))
    explain = f"EXPLAIN SELECT id FROM public.wide WHERE ctid = ANY ('{{{addresses}}}'::tid[])"
    with source_session(source_db) as session:
        before = str(session.execute(explain.encode()).fetchall())
        with cheap_seeks(session):
            cheap = str(session.execute(explain.encode()).fetchall())
        after = str(session.execute(explain.encode()).fetchall())
    assert "Seq Scan" in before
    assert "Tid Scan" in cheap
    assert after == before


@pytest.mark.parametrize(("own", "within"), [("4", "1.1"), ("1", "1")])
def test_a_servers_own_setting_comes_back(source_db: str, own: str, within: str) -> None:
    """A lower one stays all the time."""
    with source_session(source_db) as session:
        session.execute(f"SET random_page_cost = {own}".encode())
        with cheap_seeks(session):
            assert session.execute("SHOW random_page_cost").fetchone() == (within,)
        assert session.execute("SHOW random_page_cost").fetchone() == (own,)
