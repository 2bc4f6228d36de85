"""Proves the capabilities of the list by their tests, and reports what these measured.

`--list` names them, `--plan` shows what would run and what this machine has no room for, `--only`
takes some of them, and `--junit` reads the results of a run of the suite instead of running tests.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.capabilities.listed import capabilities, free_room, refusal
from scripts.capabilities.report import write_report
from scripts.capabilities.results import confidence, result_of, trials_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.capabilities.listed import Capability, Room
    from scripts.capabilities.results import Result

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "capabilities"
JUNIT = "junit.xml"
FAILED = 1


def main() -> int:
    """Do what the arguments say; 1 if a capability failed."""
    arguments = _arguments()
    chosen = capabilities(arguments.only)
    if arguments.list:
        print("\n".join(f"{each.id:<16} {each.scope:<15} {each.says}" for each in chosen))
        return 0
    room = free_room()
    refused = {} if arguments.junit else {each.id: refusal(each, room) for each in chosen}
    if arguments.plan:
        print("\n".join(_planned(chosen, refused)))
        return 0
    junit = arguments.junit or _run(chosen, refused, arguments.out)
    trials = trials_in(junit) if junit.exists() else ()
    results = [result_of(each, trials, refused.get(each.id, "")) for each in chosen]
    return _report(results, room, arguments.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make capabilities", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the capabilities, and end")
    parser.add_argument("--plan", action="store_true", help="show what would run, and end")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="these alone")
    parser.add_argument("--junit", type=Path, help="read results from this file; run nothing")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the report's folder")
    return parser.parse_args()


def _planned(chosen: Sequence[Capability], refused: dict[str, str]) -> list[str]:
    """What would run for each capability, or why it would not."""
    lines = []
    for each in chosen:
        needs = f"needs {each.memory:,} MiB of memory, {each.disk:,} MiB of disk"
        lines.append(f"{each.id}: {refused.get(each.id) or needs}")
        lines += [f"    {node}" for node in each.tests]
    return lines


def _run(chosen: Sequence[Capability], refused: dict[str, str], folder: Path) -> Path:
    """Run the tests of all that there is room for, in one pytest; returns its JUnit file."""
    folder.mkdir(parents=True, exist_ok=True)
    junit = folder / JUNIT
    junit.unlink(missing_ok=True)
    fit = [each for each in chosen if not refused[each.id]]
    nodes = dict.fromkeys(node for each in fit for node in each.tests)
    if nodes:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", f"--junitxml={junit}", *nodes]
        subprocess.run(command, cwd=ROOT, check=False)
    return junit


def _report(results: Sequence[Result], room: Room, folder: Path) -> int:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - the git of who runs it
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    at = datetime.now(UTC).isoformat(timespec="minutes")
    files = write_report(folder, results, room, at, commit or "unknown")
    for one in results:
        figures = "".join(f"; {name}: {value}" for name, value in one.figures.items())
        why = f" ({one.why})" if one.why else ""
        print(f"{one.capability.id:<16} {one.verdict}{why}{figures}")
    print(f"masking confidence  {confidence(results)}")
    print(f"report              {', '.join(map(str, files))}")
    return FAILED if any(one.verdict == "failed" for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
