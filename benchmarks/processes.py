"""Processor time by kind of process, and the memory of our largest one, from Linux's /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# Whose a process is, by a word of its command line.
OURS, SOURCE, TARGET = "masking", "source server", "target server"
MARKS = {
    "privaci_core.loading.worker": OURS,
    " bench_source ": SOURCE,
    " bench_target ": TARGET,
    "/psql": "psql",
}


@dataclass(frozen=True, slots=True)
class Process:
    """What one process has used so far."""

    whose: str
    cpu_seconds: float
    peak_mib: int


def processes() -> dict[str, Process]:
    """The processes of a copy, by process id."""
    found = {}
    for entry in PROC.glob("[0-9]*"):
        # A process may end while its files are read.
        with suppress(OSError, IndexError, ValueError):
            whose = _whose(entry)
            if whose:
                found[entry.name] = Process(whose, _cpu_seconds(entry), _peak_mib(entry))
    return found


def spent(before: dict[str, Process], after: dict[str, Process]) -> dict[str, float]:
    """The seconds that each kind of process spent between two measurements."""
    seconds: dict[str, float] = {}
    for number, process in after.items():
        used = process.cpu_seconds - (before[number].cpu_seconds if number in before else 0)
        seconds[process.whose] = seconds.get(process.whose, 0) + used
    return {whose: round(used, 2) for whose, used in seconds.items()}


def largest(seen: dict[str, Process]) -> int:
    """The peak memory of our largest process, in MiB."""
    return max((process.peak_mib for process in seen.values() if process.whose == OURS), default=0)


def _whose(entry: Path) -> str | None:
    if entry.name == str(os.getpid()):
        return OURS
    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") + " "
    return next((whose for mark, whose in MARKS.items() if mark in command), None)


def _cpu_seconds(entry: Path) -> float:
    fields = (entry / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(entry: Path) -> int:
    lines = (entry / "status").read_text().splitlines()
    # A zombie has no memory, and no such line.
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), 0)
