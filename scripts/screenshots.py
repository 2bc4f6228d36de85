"""Takes the pictures of the docs: Dagster's UI on the demo, in the system's headless Chromium.

Run it with the project's Python after `make demo`. Chromium: apt-get install chromium (Debian).
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
HOME = ROOT / ".privaci" / "demo"
SIZE = {"width": 1300, "height": 800}
# Each picture: its address, and a text that appears when the page is complete.
PAGES = {
    "lineage": ("/asset-groups", "Materialize all"),
    "table": ("/assets/target/clinical/patient", "masked by"),
    "checks": (
        "/assets/target/constraints?view=checks&checkDetail=no_originals",
        "Execution history",
    ),
    "published": ("/assets/target/published", "where the time went"),
}
PATIENCE_MS = 60_000
TRIES = 60
# Fonts and arrows appear a moment after the text.
SETTLE_MS = 3000


def main() -> None:
    """Open the UI, visit each page, save the picture."""
    IMAGES.mkdir(exist_ok=True)
    with served(HOME) as url, browser() as page:
        for name, (path, word) in PAGES.items():
            visit(page, url + path)
            page.get_by_text(word).first.wait_for(timeout=PATIENCE_MS)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=IMAGES / f"{name}.png")
        proof = max(
            HOME.glob("dagster/privaci/proofs/*/proof.html"), key=lambda path: path.stat().st_mtime
        )
        page.goto(proof.as_uri())
        page.screenshot(path=IMAGES / "proof.png")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a running UI."""
    command = [Path(sys.executable).parent / "privaci", "ui", "--home", home]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        line = process.stdout.readline()
        try:
            yield next(word for word in line.split() if word.startswith("http://"))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_MS / 1000)


@contextmanager
def browser() -> Iterator[Page]:
    """An empty page of the system's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport=SIZE)  # type: ignore[arg-type]
        yield page
        chromium.close()


def visit(page: Page, url: str) -> None:
    """Go to an address, once a server answers there."""
    for _ in range(TRIES):
        with suppress(Error):
            page.goto(url)
            return
        page.wait_for_timeout(1000)
    page.goto(url)


if __name__ == "__main__":
    main()
