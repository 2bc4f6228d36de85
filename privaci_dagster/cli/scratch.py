"""Gives a command a folder while it runs, and removes the folders of killed commands."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "privaci-run-"
LOCK = "in-use"
# A folder is made a moment before it is locked.
NEW_SECONDS = 60
# Folders of earlier versions hold no lock: one that a killed command left is old.
FORMER = "privaci-????????"
FORMER_FILES = frozenset({"schema.dump", "privaci.lock.json"})
FORMER_SECONDS = 86_400


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A private folder, removed at the end; the kernel releases its lock if we are killed."""
    remove_leftovers(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as folder,
        Path(folder, LOCK).open("w", encoding="utf-8") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(folder)


def remove_leftovers(root: Path) -> None:
    """Remove what killed commands of this user left; another command may do so as well."""
    for folder in root.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_ours(folder, NEW_SECONDS) and _is_unused(folder):
                shutil.rmtree(folder, ignore_errors=True)
    for folder in root.glob(FORMER):
        with suppress(OSError):
            names = {path.name for path in folder.iterdir()}
            if _is_ours(folder, FORMER_SECONDS) and names <= FORMER_FILES:
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path, seconds: float) -> bool:
    """Whether this user owns a folder that has not changed for so long; never a link."""
    found = folder.lstat()
    is_old = time.time() - found.st_mtime > seconds
    return is_old and found.st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink()


def _is_unused(folder: Path) -> bool:
    lock = folder / LOCK
    if not lock.exists():
        return True
    with lock.open(encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
