"""Runs the command line in a process of its own, whose imports were made once.

To import Dagster takes longer than most commands do. A server of the standard library imports it,
and forks for each command. `PRIVACI_TEST_COLD=1` starts each as a user does, as the tests do that
interrupt a command or look at its start.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVACI = Path(sys.executable).parent / "privaci"
COLD = "PRIVACI_TEST_COLD" in os.environ
# What takes long to import, and reads nothing of the environment. The commands themselves are
# imported by each process.
IMPORTED = ["privaci_core.refresh.steps", "privaci_dagster.build", "privaci_dagster.storage"]
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(IMPORTED)


def run_privaci(
    *arguments: str | Path, environ: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nothing but this environment."""
    words = [str(PRIVACI), *map(str, arguments)]
    where = folder or Path.cwd()
    if COLD:
        return subprocess.run(
            words, capture_output=True, text=True, cwd=where, env=environ, check=False
        )
    with tempfile.TemporaryDirectory() as told:
        out, err = Path(told, "out"), Path(told, "err")
        process = FORKING.Process(target=_run, args=(words, str(where), {**environ}, out, err))
        process.start()
        try:
            process.join()
        finally:
            process.kill()
        code = -1 if process.exitcode is None else process.exitcode
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())


def _run(words: list[str], folder: str, environ: dict[str, str], out: Path, err: Path) -> None:
    """Become the command."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = words
    for number, name in ((0, os.devnull), (1, out), (2, err)):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - a number
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    from privaci_dagster.cli import main  # noqa: PLC0415 - as in a process of its own

    try:
        main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
