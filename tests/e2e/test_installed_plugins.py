"""Installed plugins at the command line: a rendered report, and drift that needs a review."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import BIN, Shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


def test_a_report_is_rendered_and_drift_is_detected(
    source_db: str, target_db: str, tmp_path: Path, installed_plugin: Path
) -> None:
    """By the example package; without it the same changes need no review."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE person (id int PRIMARY KEY, email text)")
        source.execute("CREATE TABLE invoice (id int PRIMARY KEY, size int)")
        source.execute("INSERT INTO person VALUES (1, 'nimue@corp.example')")
    shop = Shop(tmp_path, source_db, target_db)

    def with_plugins(*words: str) -> subprocess.CompletedProcess[str]:
        # A process that was forked would not read this variable.
        environ = shop.environ(PYTHONPATH=str(installed_plugin))
        return subprocess.run(
            [BIN / "privaci", *words],
            cwd=shop.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    assert shop.privaci("run").returncode == 0
    place = tmp_path / "masked.csv"
    done = with_plugins("report", "--render", "csv", "--to", f"folder://{place}")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "public.person,email,fake" in place.read_text()

    assert shop.privaci("introspect").returncode == 0
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("ALTER TABLE invoice DROP size")
    assert shop.privaci("drift").returncode == 0
    done = with_plugins("drift")
    assert done.returncode == 6
    assert "it is about money" in done.stdout
