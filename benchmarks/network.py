"""The time of a refresh over a network: each server is 5 ms away, there and back."""

from __future__ import annotations

import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.copying import FIVE, MASKED, databases, fill, piped
from benchmarks.graph import PRIVACI, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 500_000
# Of each way.
DELAY = 0.0025
# So much is read at once, and so many times that may be on its way: no rate is limited.
BLOCK, ON_ITS_WAY = 1 << 18, 256
KEY = "ALTER TABLE person ADD PRIMARY KEY (id)"


def run(dsn: str, rounds: int) -> dict[str, float]:
    """The whole command against the pipe with its key, over the same link and without one."""
    with databases(dsn) as (source, target), _proxied(dsn) as far:
        fill(source, ROWS)
        with psycopg.connect(source) as connection:
            connection.execute(KEY)
        ends = {
            "without": (source, target),
            "with": tuple(_through(far, each) for each in (source, target)),
        }
        found = {}
        for link, (one, other) in ends.items():
            pipe = min(_piped(one, other) for _ in range(rounds))
            whole = min(_refreshed(one, other) for _ in range(rounds))
            found |= {f"pipe {link} a link, s": pipe, f"privaci run {link} a link, s": whole}
    print(f"### {ROWS:,} rows, 5 ms to each server\n\n| what | figure |\n|---|---|")
    for name, figure in found.items():
        print(f"| {name} | {figure:.2f} |")
    print()
    return {name: round(figure, 3) for name, figure in found.items()}


def _piped(source: str, target: str) -> float:
    begun = piped(source, target).seconds
    at = time.perf_counter()
    with psycopg.connect(target) as connection:
        connection.execute(KEY)
    return begun + time.perf_counter() - at


def _refreshed(source: str, target: str) -> float:
    policy = MASKED % ", ".join(f"{name}: {rule}" for name, rule in FIVE["five fakes"].items())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.yaml").write_text(policy)
        begun = time.perf_counter()
        command = [PRIVACI, "run", "--config", Path(folder) / "rules.yaml"]
        environ = environment(source, target, Path(folder))
        subprocess.run(command, env=environ, capture_output=True, check=True)
        return time.perf_counter() - begun


def _through(far: str, dsn: str) -> str:
    return make_conninfo(far, dbname=str(conninfo_to_dict(dsn)["dbname"]))


@contextmanager
def _proxied(dsn: str) -> Iterator[str]:
    """The server as it is reached through a proxy in another process."""
    known = conninfo_to_dict(dsn)
    host, port = str(known.get("host", "")), str(known.get("port") or 5432)
    near = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else f"{host}:{port}"
    line = [sys.executable, "-m", "benchmarks.network", near]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None  # noqa: S101 - it is a pipe
        far = proxy.stdout.readline().strip()
        try:
            yield make_conninfo(dsn, host="127.0.0.1", port=far)
        finally:
            proxy.terminate()


def serve(near: str) -> None:
    """Pass connections on to a server, a delay later each way, until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            other = _connected(near)
            for one, another in ((client, other), (other, client)):
                threading.Thread(target=_pass_on, args=(one, another), daemon=True).start()


def _connected(near: str) -> socket.socket:
    if near.startswith("/"):
        made = socket.socket(socket.AF_UNIX)
        made.connect(near)
        return made
    host, _, port = near.rpartition(":")
    made = socket.create_connection((host, int(port)))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _pass_on(one: socket.socket, another: socket.socket) -> None:
    """Read the bytes of one direction as they come, and note when they are due."""
    due: queue.Queue[tuple[float, bytes]] = queue.Queue(ON_ITS_WAY)
    threading.Thread(target=_deliver, args=(another, due), daemon=True).start()
    block = b"any"
    while block:
        try:
            block = one.recv(BLOCK)
        except OSError:
            block = b""
        due.put((time.perf_counter() + DELAY, block))


def _deliver(another: socket.socket, due: queue.Queue[tuple[float, bytes]]) -> None:
    """Send bytes when they are due; none are the end of their direction."""
    with suppress(OSError):
        while block := _waited_for(due):
            another.sendall(block)
        another.shutdown(socket.SHUT_WR)


def _waited_for(due: queue.Queue[tuple[float, bytes]]) -> bytes:
    at, block = due.get()
    time.sleep(max(0.0, at - time.perf_counter()))
    return block


if __name__ == "__main__":
    serve(sys.argv[1])
