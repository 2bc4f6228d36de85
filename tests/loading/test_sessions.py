"""What every session of ours is pinned to, whatever the database says."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from privaci_core.postgres.session import target_session

pytestmark = pytest.mark.postgres


def test_what_is_committed_lasts(target_db: str) -> None:
    """A note in Dagster's log says that rows are there: they must survive the server's crash."""
    name = sql.Identifier(str(conninfo_to_dict(target_db)["dbname"]))
    with psycopg.connect(target_db, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
    with target_session(target_db) as target:
        assert target.execute("SHOW synchronous_commit").fetchone() == ("local",)
