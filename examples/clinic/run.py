"""Masks the demo company, serves its scenarios, and runs both kinds of tests: one command."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
CLIENT = HERE.parent.parent / "clients" / "playwright"
BIN = Path(sys.executable).parent
HOME = Path(os.environ.get("CLINIC_HOME", ".privaci/clinic")).absolute()


def main() -> int:
    """Returns the first exit code that is not 0."""
    subprocess.run([BIN / "privaci", "demo", "--tier", "mini", "--home", HOME], check=True)
    environ = {
        **os.environ,
        "PRIVACI_HOME": str(HOME),
        "DAGSTER_HOME": str(HOME / "dagster"),
        "TARGET_DB_URL": "embedded://target/company",
        "PRIVACI_SCENARIOS": str(HERE / "scenarios"),
        "PRIVACI_API_TOKEN": secrets.token_urlsafe(),
    }
    serve = (BIN / "privaci", "serve", "--port", "0", "--token", "tests=env://PRIVACI_API_TOKEN")
    with (
        _running(serve, environ) as environ["PRIVACI_API_URL"],
        _running((sys.executable, HERE / "app.py"), environ) as environ["CLINIC_URL"],
    ):
        return _pytest(environ) or _playwright(environ)


@contextmanager
def _running(command: tuple[str | Path, ...], environ: dict[str, str]) -> Iterator[str]:
    """A program and the address that its first line ends with."""
    with (HOME / "requests.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _pytest(environ: dict[str, str]) -> int:
    words = ("-q", "-p", "no:cacheprovider", "--rootdir", HERE, "-c", HERE / "pytest.ini")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, HERE / "tests"], env=environ, check=False
    ).returncode


def _playwright(environ: dict[str, str]) -> int:
    """The tests in a browser, where Node and the client's packages are installed."""
    npx = shutil.which("npx")
    if npx is None or not (CLIENT / "node_modules").is_dir():
        sys.stdout.write("playwright: skipped; install Node, then: npm ci in clients/playwright\n")
        return 0
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    found = {"CHROMIUM": browser} if browser else {}
    config = HERE / "playwright.config.ts"
    return subprocess.run(
        [npx, "playwright", "test", "--config", config],
        env=environ | {"CLINIC_OUTPUT": str(HOME / "browser")} | found,
        cwd=CLIENT,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
