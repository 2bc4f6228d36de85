"""Ctrl-C and a lost server end a refresh with what to do next, and never with a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import BIN, SALT, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e
PATIENCE = 60
TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 100) AS n;
CREATE TABLE note (id int PRIMARY KEY);
"""
# Sessions of the refresh that wait for the table.
WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@contextmanager
def stuck(shop: Shop) -> Iterator[tuple[subprocess.Popen[str], psycopg.Connection]]:
    """A refresh that waits for a table of the target that another session has locked."""
    urls = {"SOURCE_DB_URL": shop.source, "TARGET_DB_URL": shop.target, "ANONYMIZATION_SALT": SALT}
    with psycopg.connect(shop.target, autocommit=True) as before:
        before.execute(TABLES)
    with (
        psycopg.connect(shop.target) as holder,
        psycopg.connect(shop.target, autocommit=True) as watcher,
        holder.cursor().execute("LOCK TABLE person"),
        subprocess.Popen(
            [BIN / "privaci", "run"],
            cwd=shop.folder,
            env={**os.environ, **urls},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        until = time.monotonic() + PATIENCE
        while not watcher.execute(WAITING).fetchone():
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process, watcher


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """A hundred people."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return Shop(tmp_path, source_db, target_db)


def test_ctrl_c_says_how_to_continue(shop: Shop) -> None:
    """A terminal sends it to all processes of the command; the exit code is 130."""
    with stuck(shop) as (process, _):
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "interrupted; continue with `privaci resume`"
    assert "Traceback" not in said
    assert "unexpected" not in said


def test_a_lost_server_says_so_and_names_resume(shop: Shop) -> None:
    """Its sessions end in the middle of a step."""
    with stuck(shop) as (process, watcher):
        watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "AdminShutdown" in said
    assert "`privaci resume`" in said
    assert "Traceback" not in said
