"""Compares a coverage run with the floor of each layer, and with that of the changed lines."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What `make test` writes.
MEASURED = ROOT / "capabilities" / "coverage.json"
# A file belongs to the first layer that matches its path.
FLOORS = {"privaci_core/masks/": 100.0, "privaci_core/": 90.0, "privaci_dagster/": 80.0}
CHANGED_FLOOR = 85.0
HUNK = re.compile(r"^ -\S+ \+(\d+)(?:,(\d+))? ", re.MULTILINE)

Lines = dict[str, tuple[set[int], set[int]]]


def main() -> int:
    """Print each layer's share, and the missed lines of one below its floor; exit 1 if any is."""
    covered = measured()
    parts = [(layer, in_layer(covered, layer), floor) for layer, floor in FLOORS.items()]
    parts.append(("changed lines", only(covered, changed()), CHANGED_FLOOR))
    told = [report(name, lines, floor) for name, lines, floor in parts]
    print("\n".join(line for lines in told for line in lines))
    return 0 if all(len(lines) == 1 for lines in told) else 1


def report(name: str, lines: Lines, floor: float) -> list[str]:
    """What a part reached; below its floor, each line that did not run as well."""
    reached = share(lines)
    # Rounded down: 99.97 % is not 100.0 %.
    shown = math.floor(reached * 10) / 10
    told = [f"coverage: {name:<22} {shown:6.1f} %  (floor {floor:.0f} %)"]
    if reached < floor:
        for path, (_, missed) in sorted(lines.items()):
            told += [f"  did not run: {path}:{line}" for line in sorted(missed)]
    return told


def measured() -> Lines:
    """The lines of each file that ran, and those that did not run."""
    files = json.loads(MEASURED.read_text())["files"]
    return {
        path: (set(found["executed_lines"]), set(found["missing_lines"]))
        for path, found in files.items()
    }


def in_layer(covered: Lines, layer: str) -> Lines:
    """The files that belong to a layer."""
    return {
        path: lines
        for path, lines in covered.items()
        if next(filter(path.startswith, FLOORS), None) == layer
    }


def only(covered: Lines, chosen: dict[str, set[int]]) -> Lines:
    """The chosen lines alone."""
    found = {}
    for path, lines in chosen.items():
        ran, missed = covered.get(path, (set(), set()))
        found[path] = ran & lines, missed & lines
    return found


def share(lines: Lines) -> float:
    """The percentage of lines that ran; 100 where there are none."""
    hit = sum(len(ran) for ran, _ in lines.values())
    missed = sum(len(rest) for _, rest in lines.values())
    return 100.0 * hit / (hit + missed) if hit + missed else 100.0


def changed() -> dict[str, set[int]]:
    """The lines that differ from the fork point of main; on main itself, from the commit before."""
    base = _git("merge-base", "HEAD", "origin/main") or _git("rev-parse", "HEAD~1")
    found = {}
    diff = _git("diff", "--unified=0", base or "HEAD", "--", "*.py")
    for part in diff.split("diff --git ")[1:]:
        path = re.search(r"^\+\+\+ b/(.+)$", part, re.MULTILINE)
        if path:
            spans = [(int(first), int(count or 1)) for first, count in HUNK.findall(part)]
            found[path[1]] = {
                line for first, count in spans for line in range(first, first + count)
            }
    return found


def _git(*words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
