"""Processes are killed while they make and reset runs: nothing is left that no reset finds."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors.served import scenarios_in, serving
from testdata.test_service import CASE

from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData

if TYPE_CHECKING:
    from collections import Counter

    from doors.served import Served
    from testdata.runs import Desk

pytestmark = pytest.mark.postgres

WORKER = Path(__file__).with_name("killed_worker.py")
# The suite makes a few; `make test-data-kills` makes two hundred.
RUNS = int(os.environ.get("PRIVACI_TEST_KILLS", "5"))
SEED = os.environ.get("PRIVACI_TEST_SEED", "seed")
# More members than runs can reserve, so that none is refused.
MEMBERS = "INSERT INTO public.member (name, status) SELECT 'x', 'open' FROM generate_series(1, %s)"


def killed_after(lines: int, *words: str) -> None:
    """Start a process, and kill it as soon as it has told of so many things."""
    command = [sys.executable, str(WORKER), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _, _line in zip(range(lines), process.stdout, strict=False):
            pass
        process.kill()


def test_killed_processes_leave_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    """After any kills a reset of all runs leaves the database as it was before the first."""
    (tmp_path / "denied.yaml").write_text(CASE, encoding="utf-8")
    desk.execute(MEMBERS.replace("%s", str(20 * RUNS)))
    before = desk.state()
    drawn = random.Random(SEED)  # noqa: S311 - a test repeats what it drew
    made, kills = 0, 0
    while made < RUNS:
        killed_after(drawn.randint(1, 12), desk.dsn, str(tmp_path), f"{SEED} {kills}")
        kills += 1
        ((made,),) = desk.execute("SELECT count(*) FROM _privaci.test_run")
    _nothing_is_left(desk, tmp_path, before)


def test_a_killed_service_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    """Eight clients ask over HTTP; the service is killed and started again, however often."""
    desk.execute(MEMBERS.replace("%s", str(40 * RUNS)))
    before = desk.state()
    drawn = random.Random(SEED)  # noqa: S311 - a test repeats what it drew
    made, statuses = 0, set[int]()
    while made < RUNS:
        with serving(desk.dsn, tmp_path) as served:
            statuses |= _asked_until_killed(served, drawn.randint(1, 40))
        ((made,),) = desk.execute("SELECT count(*) FROM _privaci.test_run")
    assert statuses == {200}
    _nothing_is_left(desk, scenarios_in(tmp_path), before)


def _asked_until_killed(served: Served, answers: int) -> set[int]:
    """Ask with eight clients, and kill the service after so many answers; their statuses."""
    statuses, left = list[int](), threading.Semaphore(0)

    def work() -> None:
        # A service that was killed answers nothing, or a part.
        with suppress(OSError, HTTPException, ValueError):
            for number in count():
                done = served.ask("/test-data/requests", {"scenario": "denied"})
                statuses.append(done.status)
                left.release()
                if number % 2:
                    cleanup = done.json["cleanup"]
                    token = {"cleanup_token": cleanup["cleanup_token"]}
                    statuses.append(served.ask(cleanup["endpoint"], token).status)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(answers):
        # As long as a client waits for an answer, one may come.
        while not left.acquire(timeout=1):
            assert any(thread.is_alive() for thread in threads)
    served.process.kill()
    for thread in threads:
        thread.join()
    return {*statuses}


def _nothing_is_left(desk: Desk, scenarios: Path, before: Counter[str]) -> None:
    """Each row is registered, and a reset of all runs leaves the database as it was."""
    # A session whose client is dead ends its statement first.
    while desk.execute(
        "SELECT FROM pg_stat_activity WHERE application_name = 'privaci test data'"
        " AND datname = current_database()"
    ):
        pass
    _each_row_is_registered(desk)
    service = TestData(desk.dsn, Scenarios(scenarios))
    service.reset_all(confirm=True, invoker="test")
    service.close()
    assert desk.state() == before
    assert desk.execute("SELECT FROM _privaci.test_row") == []
    assert desk.execute("SELECT FROM _privaci.test_reservation") == []


def _each_row_is_registered(desk: Desk) -> None:
    """Every run has a trail that ends, and no other row than a registered one is new."""
    untold = """
        SELECT run FROM _privaci.test_run AS run WHERE NOT EXISTS (
            SELECT FROM _privaci.test_event AS event
            WHERE event.run = run.run AND action = 'catalog_recorded')
    """
    assert desk.execute(untold) == []
    unknown = """
        SELECT id FROM public.provider WHERE name = 'Out of Network'
           AND pg_catalog.jsonb_build_object('id', id::text) NOT IN (
               SELECT key FROM _privaci.test_row WHERE relation = 'public.provider')
    """
    assert desk.execute(unknown) == []
