"""Prints a page as PDF, by the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from privaci_core.errors import PreflightError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOING, DOCS = "Printing the proof as PDF", "docs/how-to/proofs.md#print-it"
# A browser that waits for something that is not there is ended.
MOST_SECONDS = 120


def pdf_of(page: str) -> bytes:
    """A page that runs no script and fetches nothing, as PDF."""
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        raise PreflightError(
            DOING,
            "this machine has no Chromium",
            "Install it (Debian: apt-get install chromium), or take --format html, and print that.",
            DOCS,
        )
    # Its profile is thrown away with the folder.
    with tempfile.TemporaryDirectory() as folder:
        at, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        at.write_text(page, encoding="utf-8")
        _print(browser, Path(folder), at, printed)
        return printed.read_bytes()


def _print(browser: str, folder: Path, page: Path, printed: Path) -> None:
    # Chromium refuses root its sandbox; the page holds no script.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    words = [
        browser,
        "--headless",
        *as_root,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}",
        page.as_uri(),
    ]
    try:
        subprocess.run(words, capture_output=True, check=True, timeout=MOST_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        why = f"{Path(browser).name} ended without it ({type(error).__name__})"
    else:
        if printed.exists():
            return
        why = f"{Path(browser).name} wrote no file"
    raise PreflightError(DOING, why, "Take --format html, and print that page.", DOCS)
