"""Processes that a test must not leave behind, found by a folder in their command line."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path


def processes_of(folder: Path) -> list[psutil.Process]:
    """The processes that have the folder in their command line, except this one."""
    assert folder.is_absolute()
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
        and process.pid != os.getpid()
    ]


def all_gone(folder: Path, patience: float) -> bool:
    """Whether nothing is left running in good time."""
    deadline = time.monotonic() + patience
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_of(folder)
