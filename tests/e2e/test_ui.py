"""The UI in a real browser: its button runs a whole refresh, and no page shows a value."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.judge import differences

from privaci_core.demo import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"
    ),
]

PRIVACI = Path(sys.executable).parent / "privaci"
# Ends a test that would wait for ever.
PATIENCE = 300
SIZE = {"width": 1400, "height": 900}


@pytest.fixture
def ui(company_db: str, target_db: str, tmp_path: Path) -> Iterator[str]:
    """The UI on a project of the demo's policy."""
    environ = {
        **os.environ,
        "SOURCE_DB_URL": company_db,
        "TARGET_DB_URL": target_db,
        "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
        "PRIVACI_POLICY": str(POLICY),
        "PRIVACI_LOCK": str(tmp_path / "privaci.lock.json"),
    }
    subprocess.run(
        [PRIVACI, "introspect", "--lock", tmp_path / "privaci.lock.json"], env=environ, check=True
    )
    with subprocess.Popen(
        [PRIVACI, "ui"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as p:
        assert p.stdout is not None
        url = next(word for word in p.stdout.readline().split() if word.startswith("http://"))
        _wait_for(url)
        yield url
        p.send_signal(signal.SIGINT)
        p.wait(PATIENCE)


@pytest.mark.timeout(4 * PATIENCE)
def test_the_button_is_a_whole_refresh(ui: str, company_db: str, target_db: str) -> None:
    """Materialize all: one run with all assets and checks, and no dialog; no person is shown."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{ui}/asset-groups")
        page.get_by_text("Materialize all").first.click()
        _wait_until_published(target_db)
        page.goto(f"{ui}/runs")
        page.get_by_text("Success").first.wait_for()
        seen = page.inner_text("body")
        for path, word in (
            ("/assets/target/public/app_user", "masked by fake email"),
            ("/assets/target/constraints?view=checks", "no_originals"),
            ("/assets/target/published", "where the time went"),
        ):
            page.goto(ui + path)
            page.get_by_text(word).first.wait_for()
            seen += page.inner_text("body")
        browser.close()
    with psycopg.connect(company_db) as source:
        people = source.execute("SELECT email::text, full_name, phone FROM app_user").fetchall()
    assert not [value for row in people for value in row if value and value in seen]
    assert "postgresql://" not in seen
    changed = {
        line.split()[0] for line in differences(company_db, target_db) if line.endswith("differs")
    }
    assert "public.app_user.email" in changed


def _wait_until_published(target: str) -> None:
    """A run through the daemon takes its time to start."""
    deadline = time.monotonic() + PATIENCE
    query = "SELECT count(*) FROM _privaci.audit_log WHERE event = 'published'"
    while time.monotonic() < deadline:
        # The swap ends sessions, and for a moment the name is no database's.
        with suppress(psycopg.OperationalError), psycopg.connect(target) as connection:
            known = connection.execute("SELECT to_regclass('_privaci.audit_log')").fetchone()
            if known != (None,) and connection.execute(query).fetchone() == (1,):
                return
        time.sleep(0.5)
    pytest.fail("nothing was published in time")


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE):  # noqa: S310 - our own address
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
