"""Runs pg_dump and pg_restore as streams, in bounded memory."""

from __future__ import annotations

import subprocess
import tempfile
from typing import TYPE_CHECKING

from privaci_core.ddl.dump import GRANT, called_on, cause_of, client_binaries
from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import remedy_by_words
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.limits import without_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE_BYTES = 1 << 20
MAJOR = 10000
DUMP = ("--format=custom", "--no-sync", "--lock-wait-timeout=5min")
RESTORE = ("--single-transaction", "--exit-on-error", "--no-owner")


def dumped(dsn: str, server_version: int) -> Iterator[bytes]:
    """What pg_dump writes of a whole database; an error of it ends the stream by an error."""
    program = client_binaries(server_version // MAJOR) / "pg_dump"
    words, environment = called_on([program, *DUMP], without_limits(dsn, server_version))
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said, env=environment) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            while piece := process.stdout.read(PIECE_BYTES):
                yield piece
        except BaseException:
            process.kill()
            raise
        if process.wait():
            said.seek(0)
            cause = cause_of(said.read().decode(errors="replace"))
            raise CopyError(f"Dumping {describe(dsn)}", cause, remedy_by_words(cause, GRANT))


def restored(dsn: str, server_version: int, pieces: Iterable[bytes]) -> None:
    """Give a dump to pg_restore, which restores all of it or nothing."""
    program = client_binaries(server_version // MAJOR) / "pg_restore"
    words, environment = called_on([program, *RESTORE], dsn)
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        try:
            assert process.stdin is not None  # noqa: S101 - it is a pipe
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            # It has ended before the dump did, and says why.
            process.stdin = None
        except BaseException:
            process.kill()
            raise
        if process.wait():
            raise CopyError(
                f"Restoring into {describe(dsn)}",
                f"pg_restore ended with exit code {process.returncode}; its words may quote rows",
                "Is the database empty, has the user its owners' rights, are extensions installed?"
                " Fetch the dump and run pg_restore by hand to see its words.",
            )
