"""Dagster's storage in Postgres: a refresh stores its events there, and resumes from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from substrate.databases import cloned
from substrate.judge import differences

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = pytest.mark.e2e

PRIVACI = Path(sys.executable).parent / "privaci"
INSTANCE = """
telemetry: {enabled: false}
storage:
  custom:
    module: privaci_dagster.postgres_storage
    class: Storage
    config: {postgres_url: {env: DAGSTER_POSTGRES_URL}}
"""
POLICY = 'version: "1.0"\nauto_detect: false\n'


def test_notes_in_postgres_are_gone_on_with(
    company_db: str, target_db: str, databases: Databases, tmp_path: Path
) -> None:
    """Orphans end the first run after its rows; the second loads none again, and publishes."""
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(INSTANCE)
    (tmp_path / "rules.yaml").write_text(POLICY)
    with cloned(databases) as storage:
        environ = {
            **os.environ,
            "DAGSTER_HOME": str(tmp_path / "dagster"),
            "DAGSTER_POSTGRES_URL": _as_url(storage),
            "SOURCE_DB_URL": company_db,
            "TARGET_DB_URL": target_db,
            "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
        }
        orphan = """
        SET session_replication_role = replica;
        DELETE FROM clinical.diagnosis WHERE code = 'D007';
        """
        kept = "CREATE TABLE public.kept AS SELECT * FROM clinical.diagnosis WHERE code = 'D007'"
        with psycopg.connect(company_db, autocommit=True) as source:
            for command in (kept, *orphan.split("; ")):
                source.execute(command)  # type: ignore[call-overload]
        broken = _privaci("run", tmp_path, environ)
        assert (broken.returncode, "visit_diagnosis_diagnosis_code_fkey" in broken.stderr) == (
            1,
            True,
        ), broken.stderr
        with psycopg.connect(company_db, autocommit=True) as source:
            source.execute("INSERT INTO clinical.diagnosis SELECT * FROM public.kept")
            source.execute("SELECT pg_stat_force_next_flush()")
        resumed = _privaci("resume", tmp_path, environ)
        assert resumed.returncode == 0, resumed.stderr
        assert differences(company_db, target_db) == []
        with psycopg.connect(storage) as connection:
            events = (
                "SELECT count(*) FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
            )
            # 25 tables twice, and the assets around them; the resume read the event log.
            assert (connection.execute(events).fetchone() or (0,))[0] > 50
            stored = connection.execute(
                "SELECT string_agg(event, '') FROM event_logs"
            ).fetchone() or ("",)
        with psycopg.connect(company_db) as source:
            people = source.execute("SELECT email::text, full_name FROM app_user").fetchall()
        assert not [value for row in people for value in row if value and value in stored[0]]
        assert environ["ANONYMIZATION_SALT"] not in stored[0]
        assert json.loads(_privaci("report", tmp_path, environ, "--format", "json").stdout)[
            "content"
        ]["tables"]


def test_a_storage_that_is_not_there_is_told(
    company_db: str, target_db: str, tmp_path: Path
) -> None:
    """Without a traceback, and without the password in its address."""
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(INSTANCE)
    (tmp_path / "rules.yaml").write_text(POLICY)
    environ = {
        **os.environ,
        "DAGSTER_HOME": str(tmp_path / "dagster"),
        "DAGSTER_POSTGRES_URL": "not an address with a-password",
        "SOURCE_DB_URL": company_db,
        "TARGET_DB_URL": target_db,
        "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
    }
    done = _privaci("run", tmp_path, environ)
    assert (done.returncode, "Opening Dagster's storage" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
    assert "a-password" not in done.stderr


def _as_url(dsn: str) -> str:
    """A connection string as SQLAlchemy takes it."""
    known = conninfo_to_dict(dsn)
    login = str(known.get("user", "")) + (f":{known['password']}" if known.get("password") else "")
    more = {name: str(known[name]) for name in ("host", "port") if known.get(name)}
    return f"postgresql://{login}@/{known['dbname']}?{urlencode(more)}"


def _privaci(
    command: str, folder: Path, environ: dict[str, str], *more: str
) -> subprocess.CompletedProcess[str]:
    config = [] if command == "report" else ["--config", "rules.yaml"]
    return subprocess.run(
        [PRIVACI, command, *config, *more],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
