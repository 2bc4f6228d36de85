"""Chooses where the data, the socket and the programs of an embedded server are."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from privaci_core.errors import PreflightError

# The path of a socket has at most 108 bytes; its name takes 20.
LONGEST_FOLDER = 80
# A file in a twin folder: the path of the folder that it replaces.
STANDS_FOR = "stands-for"


def server_folder(folder: Path) -> Path:
    """Where data and socket are: in the folder, or in a twin if the server cannot run there.

    The path of a socket must be short, and `nobody` cannot enter a checkout in a closed home.
    """
    short = len(os.fsencode(folder)) < LONGEST_FOLDER
    if not short or (os.geteuid() == 0 and not _open_to_all(folder)):
        folder = _twin(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PreflightError(
            f"Starting a Postgres in {folder}", "it belongs to another user", "Remove it."
        )
    return folder


def _twin(folder: Path) -> Path:
    """The twin of a folder; also removes twins of folders that no longer exist."""
    folder.mkdir(parents=True, exist_ok=True)
    twins = Path(tempfile.gettempdir()) / f"privaci-{os.geteuid()}"
    for stands_for in twins.glob(f"*/{STANDS_FOR}"):
        # Another process may be removing the same twin.
        with suppress(FileNotFoundError):
            if not Path(stands_for.read_text(encoding="utf-8")).exists():
                _bury(stands_for.parent)
    twin = twins / sha256(os.fsencode(folder)).hexdigest()[:12]
    twin.mkdir(parents=True, exist_ok=True)
    (twin / STANDS_FOR).write_text(str(folder), encoding="utf-8")
    return twin


def _bury(twin: Path) -> None:
    """Remove a twin that no process uses."""
    with (twin / "users.lock").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(twin, ignore_errors=True)


def runnable_programs(binaries: Path) -> Path:
    """The programs, copied once to where the server's user can run them, if need be."""
    if os.geteuid() != 0 or _open_to_all(binaries):
        return binaries
    key = sha256(os.fsencode(binaries)).hexdigest()[:12]
    copy = Path(tempfile.gettempdir()) / f"privaci-{os.geteuid()}" / f"binaries-{key}"
    # The wheel's programs look for their libraries in ../../../<package>.libs.
    package, install = binaries.parents[1], binaries.parent
    libraries = package.with_suffix(".libs")
    if libraries.exists():
        _copy_once(libraries, copy / libraries.name)
    _copy_once(install, copy / package.name / install.name)
    return copy / package.name / install.name / binaries.name


def _copy_once(folder: Path, to: Path) -> None:
    """Copy a folder whole, or leave the copy that another process has made."""
    if to.exists():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        shutil.copytree(folder, Path(scratch) / to.name, symlinks=True)
        with suppress(OSError):
            (Path(scratch) / to.name).rename(to)


def _open_to_all(path: Path) -> bool:
    """Whether any user may walk down to the path, as far as it exists."""
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())
