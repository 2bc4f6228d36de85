"""A network between machines: a port that leads to a server which listens on a socket alone."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = 1 << 16


@contextmanager
def port_to(dsn: str) -> Iterator[int]:
    """A port of this machine that leads to the server of a connection string."""
    known = conninfo_to_dict(dsn)
    host, port = str(known["host"]), int(known.get("port") or 5432)
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_serve, args=(door, host, port), daemon=True)
        thread.start()
        yield door.getsockname()[1]


def _serve(door: socket.socket, host: str, port: int) -> None:
    with suppress(OSError):
        while True:
            visitor, _ = door.accept()
            server = _connected(host, port)
            for ends in ((visitor, server), (server, visitor)):
                threading.Thread(target=_carry, args=ends, daemon=True).start()


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _carry(giver: socket.socket, taker: socket.socket) -> None:
    """Carry bytes one way; the end of one side is the end of both, as when a machine dies."""
    with suppress(OSError):
        while data := giver.recv(BYTES):
            taker.sendall(data)
    for end in (giver, taker):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
