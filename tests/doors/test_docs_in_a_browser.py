"""The built documentation, opened from files: the search finds pages, and nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"
    ),
]

ROOT = Path(__file__).parents[2]
MKDOCS = Path(sys.executable).parent / "mkdocs"
PATIENCE_MS = 120_000


def test_the_search_works_from_files(tmp_path: Path) -> None:
    """Without a server, where a browser starts no worker of its own, and without a network."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not every machine has it

    command = [MKDOCS, "build", "--quiet", "--strict", "--site-dir", tmp_path / "site"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    fetched = list[str]()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1300, "height": 900})
        page.on("request", lambda request: fetched.append(request.url))
        page.goto((tmp_path / "site" / "how-to" / "keys.html").as_uri())
        page.locator("input.md-search__input").click()
        page.keyboard.type("ledger")
        found = page.locator(".md-search-result__item").first
        found.wait_for(timeout=PATIENCE_MS)
        assert "ledger" in found.inner_text().lower()
        chromium.close()
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
