"""Times requests of twenty rows and their resets over HTTP, on the demo company."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
from testdata.shop import mark_published

from privaci_core.demo import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "a-token-of-this-benchmark"  # noqa: S105 - of a server that ends with it
ONE_BY_ONE, CLIENTS, SECONDS = 150, 8, 10.0
SCENARIO = """
scenario_id: NAME
rows:
  requester: {find: public.app_user, reserve: RESERVE}
  ticket:
    create: public.ticket
    values: {organization_id: "@requester.organization_id", requester_id: "@requester"}
    count: 9
  message: {create: public.ticket_message, values: {ticket_id: "@ticket"}, count: 10}
"""

# Thousands of requests without a reset would use up the rows that can be reserved.
NAMES = {"twenty": "true", "twenty_shared": "false"}


def run(dsn: str) -> dict[str, float]:
    """Print and return how quickly the service starts, answers and resets."""
    fill(dsn, "mini")
    with psycopg.connect(dsn, autocommit=True) as connection:
        mark_published(connection)
    with tempfile.TemporaryDirectory() as folder, _serving(dsn, Path(folder)) as (url, ready):
        one = _Client(url)
        for _ in range(ONE_BY_ONE):
            one.request_and_reset()
        many, seconds = _side_by_side(url, _Client.request_and_reset)
        request = partial(_Client.request, scenario="twenty_shared")
        alone, seconds_alone = _side_by_side(url, request)
        for client in alone:
            # The server has closed what was idle meanwhile.
            client.reconnect()
            client.reset_all()
    left = _left(dsn)
    pairs, requests = (sum(len(each.requests) for each in clients) for clients in (many, alone))
    found = {
        "ready_seconds": ready,
        "request_p95_ms": _p95(one.requests[5:]),
        "reset_p95_ms": _p95(one.resets[5:]),
        "requests_per_second_of_8": requests / seconds_alone,
        "request_p95_ms_of_8": _p95([each for client in alone for each in client.requests]),
        "with_their_resets_per_second_of_8": pairs / seconds,
        "rows_left": left,
    }
    print(f"{'of twenty rows, over HTTP':<32}")
    for name, value in found.items():
        print(f"  {name:<28} {value:10.2f}")
    print()
    return found


@dataclass
class _Client:
    """A client with a connection of its own, and how long its requests and resets took."""

    url: str
    requests: list[float] = field(default_factory=list)
    resets: list[float] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def request(self, scenario: str = "twenty") -> None:
        """Make twenty rows."""
        self.made.append(self._post("/test-data/requests", {"scenario": scenario}, self.requests))

    def request_and_reset(self) -> None:
        """Make twenty rows, and take them out again."""
        self.request()
        self.reset_all()

    def reconnect(self) -> None:
        """Use another connection from now on."""
        self._connection.close()

    def reset_all(self) -> None:
        """Take all rows out that are there."""
        while self.made:
            cleanup = self.made.pop()["cleanup"]
            self._post(cleanup["endpoint"], cleanup, self.resets)

    def _post(self, path: str, body: dict[str, Any], times: list[float]) -> Any:
        sent = {name: value for name, value in body.items() if name != "endpoint"}
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        started = time.perf_counter()
        self._connection.request("POST", path, json.dumps(sent), headers)
        answer = self._connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - started)
        if answer.status != http.client.OK:
            raise RuntimeError(text.decode())
        return json.loads(text)


def _side_by_side(url: str, act: Callable[[_Client], None]) -> tuple[list[_Client], float]:
    """Several clients for some seconds, each acting again and again."""
    clients = [_Client(url) for _ in range(CLIENTS)]
    started = time.perf_counter()

    def work(client: _Client) -> None:
        while time.perf_counter() < started + SECONDS:
            act(client)

    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clients, time.perf_counter() - started


@contextmanager
def _serving(dsn: str, folder: Path) -> Iterator[tuple[str, float]]:
    """`privaci serve`, its address, and the seconds until it was ready."""
    for name, reserve in NAMES.items():
        text = SCENARIO.replace("NAME", name).replace("RESERVE", reserve)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    environ = {
        **os.environ,
        "TARGET_DB_URL": dsn,
        "BENCH_TOKEN": TOKEN,
        "DAGSTER_HOME": str(folder / "home"),
    }
    words = ("serve", "--port", "0", "--token", "bench=env://BENCH_TOKEN", "--scenarios")
    privaci = Path(sys.executable).parent / "privaci"
    started = time.perf_counter()
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [privaci, *words, folder], env=environ, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    line = process.stdout.readline()
    ready = time.perf_counter() - started
    try:
        yield line.split()[-1], ready
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        process.stdout.close()


def _left(dsn: str) -> float:
    """How many rows the registry still knows; 0 if every reset was whole."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM _privaci.test_row").fetchone()
    return float(found[0]) if found else 0.0


def _p95(seconds: list[float]) -> float:
    return 1000 * sorted(seconds)[int(0.95 * len(seconds))]
