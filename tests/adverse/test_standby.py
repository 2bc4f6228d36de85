"""A standby without hot_standby_feedback ends the session whose rows its primary has vacuumed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from adverse.commands import BY_COMMAND, NOTHING, PATIENCE
from builders.copies import KEYS
from stream.test_extremes import standby_of
from substrate.databases import run

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.postgres.embedded import create_database, running
from privaci_core.prove.rows import source_rows
from privaci_core.refresh.open import opened

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.postgres, pytest.mark.slow, BY_COMMAND]

CONFLICTS = "SELECT sum(confl_snapshot) FROM pg_stat_database_conflicts"


def test_a_conflict_with_recovery_says_what_to_set(target_db: str, tmp_path: Path) -> None:
    """The primary forgets rows that the snapshot sees, and the standby does not wait."""
    with running(tmp_path / "primary") as primary:
        create_database(primary, "shop")
        run(
            primary.dsn("shop"),
            "CREATE TABLE t (id int PRIMARY KEY, who text)",
            "INSERT INTO t SELECT n, 'secret' || n FROM generate_series(1, 2000) AS n",
        )
        with standby_of(primary, tmp_path / "standby") as standby:
            run(
                standby.dsn(),
                "ALTER SYSTEM SET hot_standby_feedback = off",
                "ALTER SYSTEM SET max_standby_streaming_delay = 0",
                "SELECT pg_reload_conf()",
            )
            with opened(standby.dsn("shop"), target_db, parse_policy(NOTHING), KEYS) as refresh:
                run(primary.dsn("shop"), "UPDATE t SET who = 'secret'", "VACUUM t")
                wait_for_conflict(standby.dsn())
                with pytest.raises(CopyError) as ended:
                    source_rows(refresh.copy, refresh.connections.source)
    assert "40001" in ended.value.cause
    assert "hot_standby_feedback = on" in ended.value.remediation
    assert "secret" not in str(ended.value)


def wait_for_conflict(dsn: str) -> None:
    """Wait until the standby has ended a session."""
    until = time.monotonic() + PATIENCE
    with psycopg.connect(dsn, autocommit=True) as looking:
        while looking.execute(CONFLICTS).fetchone() == (0,):
            assert time.monotonic() < until
            time.sleep(0.1)
