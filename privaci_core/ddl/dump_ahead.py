"""Dumps a schema beside what is read and planned meanwhile."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from privaci_core.ddl.dump import (
    Dump,
    client_binaries,
    command_of,
    dump_schema,
    read_dump,
    started,
)
from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    Wanted = tuple[str, int, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A dump that was begun, and what it has written so far."""

    process: subprocess.Popen[bytes]
    written: list[bytes] = field(default_factory=list, repr=False)
    reader: Thread

    def end(self) -> None:
        """Stop it, if it still runs."""
        self.process.kill()
        self.reader.join()


# Of this process: what a refresh has begun to dump and not asked for yet.
_BEGUN: dict[Wanted, _Begun] = {}


@contextmanager
def dumped_ahead(
    dsn: str, server_version: int, snapshot: str, options: Sequence[str]
) -> Iterator[None]:
    """Begin to dump a schema that `dump_of` may ask for; it ends with the block."""
    wanted = (dsn, server_version, snapshot, tuple(options))
    # What goes wrong here goes wrong again in `dump_of`, which tells it.
    with suppress(PreflightError, OSError):
        _BEGUN[wanted] = _begun(*wanted)
    try:
        yield
    finally:
        if begun := _BEGUN.pop(wanted, None):
            begun.end()


def _begun(dsn: str, server_version: int, snapshot: str, options: Sequence[str]) -> _Begun:
    folder = client_binaries(server_version // 10000)
    process = started(command_of(folder, snapshot, options), dsn, server_version)
    written: list[bytes] = []
    reader = Thread(target=_read, args=(process, written), name="privaci-dump", daemon=True)
    reader.start()
    return _Begun(process=process, written=written, reader=reader)


def dump_of(dsn: str, server_version: int, snapshot: str, options: Sequence[str]) -> Dump:
    """The schema as the snapshot sees it; one that could not be dumped ahead tells why."""
    begun = _BEGUN.pop((dsn, server_version, snapshot, tuple(options)), None)
    if begun is not None:
        begun.reader.join()
        if begun.process.returncode == 0:
            return read_dump(b"".join(begun.written))
    return dump_schema(dsn, server_version, snapshot, options)


def _read(process: subprocess.Popen[bytes], written: list[bytes]) -> None:
    archive, _ = process.communicate()
    written.append(archive)
