"""A shell on either database, and the pages that errors name, for those who have no clone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from e2e.shop import BIN, SALT, Shop

from privaci_core.errors import PreflightError

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
ASLEEP = "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'"
PAGE = re.compile(r"\"(docs/[\w/-]+\.md(?:#[\w-]+)?)\"")


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """A source of one table."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE visit (id int PRIMARY KEY)")
    return Shop(tmp_path, source_db, target_db)


def test_psql_opens_either_database(shop: Shop) -> None:
    """By the URLs of the project; the source cannot be written."""
    asked = ("--", "-Atc", "SELECT pg_catalog.to_regclass('public.visit')")
    assert shop.privaci("psql", "source", *asked).stdout == "visit\n"
    assert shop.privaci("psql", "target", *asked).stdout == "\n"
    written = shop.privaci("psql", "source", "--", "-c", "DROP TABLE visit")
    assert written.returncode == 1
    assert "read-only" in written.stderr


def test_psql_starts_an_embedded_server(shop: Shop) -> None:
    """A tutorial's URL works as it is typed; the server ends with the shell."""
    url, asked = "embedded://shop/copy", ("--", "-Atc", "SELECT current_database()")
    assert shop.privaci("psql", "target", "--target", url, *asked).stdout == "copy\n"
    fill = ("--", "-c", "CREATE TABLE filled ()")
    assert shop.privaci("psql", "source", "--source", url, *fill).stdout == "CREATE TABLE\n"


def test_ctrl_c_cancels_a_statement_of_the_shell_alone(shop: Shop) -> None:
    """Psql answers it, and its exit code is ours."""
    urls = {"SOURCE_DB_URL": shop.source, "TARGET_DB_URL": shop.target, "ANONYMIZATION_SALT": SALT}
    with (
        psycopg.connect(shop.target, autocommit=True) as watcher,
        subprocess.Popen(
            [BIN / "privaci", "psql", "target", "--", "-c", "SELECT pg_sleep(600)"],
            env={**os.environ, **urls},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        deadline = time.monotonic() + 60
        while not watcher.execute(ASLEEP).fetchall() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "canceling statement" in said


def test_every_page_that_an_error_names_is_printed(shop: Shop) -> None:
    """Also its section: the command finds what the message says."""
    named = {
        page
        for folder in ("privaci_core", "privaci_dagster")
        for path in (ROOT / folder).rglob("*.py")
        for page in PAGE.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    missing = [page for page in named if not (ROOT / page.partition("#")[0]).is_file()]
    assert missing == []
    section = shop.privaci("docs", "docs/reference/policy.md#secrets").stdout
    assert section.startswith("## Secrets\n")
    assert "\n## " not in section
    assert "how-to/resume " in shop.privaci("docs").stdout
    unknown = shop.privaci("docs", "polcy")
    assert (unknown.returncode, "Did you mean `policy`?" in unknown.stderr) == (2, True)


def test_an_error_names_the_command_that_prints_its_page(shop: Shop) -> None:
    """A wheel has no docs folder around it."""
    error = shop.privaci("plan", "--source", "mysql://u@h/db").stderr
    assert error.splitlines()[-1] == "  Docs: privaci docs reference/errors"
    read_on = str(PreflightError("Doing", "why", "Do.", "docs/a/b.md#c")).splitlines()[-1]
    assert read_on == "  Docs: privaci docs a/b#c"
