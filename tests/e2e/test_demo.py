"""The demo and its UI: started, stopped at any moment, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from e2e.commands import BIN, privaci
from substrate.processes import all_gone

from privaci_dagster.cli.ui import stop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

# Ends a test that would wait for ever; no test takes this long, on a busy machine either.
PATIENCE = 300


def test_the_demo_tells_what_it_did(tmp_path: Path) -> None:
    """One command fills a company, refreshes a copy, and shows no original on the right side."""
    done = privaci("demo", "--home", tmp_path / "demo", "--tier", "mini")
    assert done.returncode == 0, done.stderr
    for word in (
        "24 tables",
        "masked",
        "checks   5 of 5 passed",
        "before and after",
        "privaci ui --home",
    ):
        assert word in done.stdout
    assert all_gone(tmp_path, PATIENCE)


def test_a_second_demo_refreshes_what_is_there(tmp_path: Path) -> None:
    """The company is built once; the second call copies it again."""
    assert privaci("demo", "--home", tmp_path / "demo", "--tier", "mini").returncode == 0
    again = privaci("demo", "--home", tmp_path / "demo", "--tier", "mini")
    assert again.returncode == 0, again.stderr
    assert "source" not in again.stdout.split("copied")[0]


# A file of the demo's folder, and what the demo does once it is there.
MOMENTS = {
    "at its start": "salt",
    "while a server starts": "postgres/source-16",
    "while the source is filled": "postgres/target-16",
    "while rows are copied": "dagster/history/runs",
}
CTRL_C, KILL = signal.SIGINT, signal.SIGKILL
STOPS = (
    ("at its start", CTRL_C),
    ("while a server starts", KILL),
    ("while the source is filled", CTRL_C),
    ("while rows are copied", CTRL_C),
    ("while rows are copied", KILL),
)


@pytest.mark.timeout(3 * PATIENCE)
@pytest.mark.parametrize(("moment", "number"), STOPS)
def test_a_demo_that_is_stopped_leaves_nothing(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    """Ctrl-C or kill -9 at any moment: no Postgres and no worker is left; it says how to go on."""
    home, said = tmp_path / "demo", tmp_path / "said"
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [BIN / "privaci", "demo", "--home", home],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    while not (home / MOMENTS[moment]).exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, number)
    process.wait()
    assert all_gone(tmp_path, PATIENCE)
    if (moment, number) == ("while rows are copied", CTRL_C):
        assert said.read_text() == "interrupted; run `privaci demo` again\n"


@pytest.mark.timeout(4 * PATIENCE)
def test_the_ui_opens_on_the_demo(tmp_path: Path) -> None:
    """`privaci ui` serves Dagster's page on a free port, and Ctrl-C ends everything."""
    home = tmp_path / "demo"
    assert privaci("demo", "--home", home, "--tier", "mini").returncode == 0
    process = subprocess.Popen(
        [BIN / "privaci", "ui", "--home", home],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
        assert "dagster_webserver_version" in _page(f"{url}/server_info", process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    except BaseException:
        # What was not stopped would outlive the suite.
        process.terminate()
        raise
    assert all_gone(tmp_path, PATIENCE)


def _page(url: str, server: subprocess.Popen[str]) -> str:
    """A page of a server that is starting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - our own address
                return str(answer.read().decode())
        except OSError:
            assert server.poll() is None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_server_that_ignores_an_interrupt_is_killed(*, stubborn: bool) -> None:
    """One that obeys ends by itself; another one does not outlive the command."""
    ignore = "signal.signal(signal.SIGINT, signal.SIG_IGN)" if stubborn else ""
    code = f"import signal, time\n{ignore}\nprint('ready', flush=True)\ntime.sleep(3600)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    stop(process, 0.1 if stubborn else PATIENCE)
    process.stdout.close()
    assert (process.returncode == -signal.SIGKILL) == stubborn
