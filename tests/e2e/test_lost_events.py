"""A crash of the machine can lose Dagster's last events; the target knows what it holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.commands import BIN, SALT
from substrate.judge import differences

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

POLICY = 'version: "1.0"\nauto_detect: false\n'
# Ends the first run when all rows are loaded: their keys cannot be created.
ORPHANS = """
    CREATE TABLE public.kept AS SELECT * FROM clinical.diagnosis WHERE code = 'D007';
    SET session_replication_role = replica;
    DELETE FROM clinical.diagnosis WHERE code = 'D007';
"""
NO_ORPHANS = """
    INSERT INTO clinical.diagnosis SELECT * FROM public.kept;
    SELECT pg_stat_force_next_flush();
"""


def test_a_refresh_is_resumed_without_its_last_events(
    company_db: str, target_db: str, tmp_path: Path
) -> None:
    """Storage falls back to where it was when the rows began to come; no row comes twice."""
    home = tmp_path / "home"
    (tmp_path / "rules.yaml").write_text(POLICY)
    environ = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "SOURCE_DB_URL": company_db,
        "TARGET_DB_URL": target_db,
        "ANONYMIZATION_SALT": SALT,
    }
    _execute(company_db, ORPHANS)
    with _started("run", tmp_path, environ) as run:
        said = list(run.stderr or ())
    assert run.returncode == 1, said[-5:]
    before = _materialized(home)
    _lose_the_last_events(home)
    assert _materialized(home) < before
    _execute(company_db, NO_ORPHANS)
    loaded = _transactions_of_rows(target_db)
    with _started("resume", tmp_path, environ) as resumed:
        said = list(resumed.stderr or ())
    assert resumed.returncode == 0, said[-5:]
    assert differences(company_db, target_db) == []
    assert _transactions_of_rows(target_db) == loaded


def _started(command: str, folder: Path, environ: dict[str, str]) -> subprocess.Popen[str]:
    line = [BIN / "privaci", command, "--config", "rules.yaml", "--log-format", "json"]
    return subprocess.Popen(
        line,
        cwd=folder,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _execute(dsn: str, statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statements.encode())


def _lose_the_last_events(home: Path) -> None:
    """Delete all events from the first step that loads tables on, as if they were never stored."""
    for path in (home / "history" / "runs").glob("*.db"):
        with closing(sqlite3.connect(path)) as events, events:
            events.execute(
                "DELETE FROM event_logs WHERE id >= (SELECT min(id) FROM event_logs"
                " WHERE step_key LIKE 'small_tables%')"
            )
            if path.stem == "index":
                events.execute(
                    "UPDATE asset_keys SET last_materialization = NULL"
                    " WHERE asset_key NOT LIKE '%schema%'"
                )


def _transactions_of_rows(dsn: str) -> list[tuple[str, ...]]:
    """The transactions that wrote the rows of some tables, which a load would change."""
    transactions = "SELECT DISTINCT xmin::text FROM clinical.patient ORDER BY 1"
    others = "SELECT DISTINCT xmin::text FROM public.app_user ORDER BY 1"
    with psycopg.connect(dsn) as connection:
        found = [connection.execute(transactions), connection.execute(others)]
        return [row for cursor in found for row in cursor.fetchall()]


def _materialized(home: Path) -> int:
    """How many assets are materialized by what storage knows."""
    query = "SELECT count(*) FROM asset_keys WHERE last_materialization IS NOT NULL"
    with closing(sqlite3.connect(home / "history" / "runs" / "index.db")) as index:
        return int(index.execute(query).fetchone()[0])
