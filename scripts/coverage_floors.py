"""Holds a finished coverage run against the floor of each layer, and one for the lines that a change touches."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The first layer that a file lies in counts.
FLOORS = {"privaci_core/masks/": 100.0, "privaci_core/": 90.0, "privaci_dagster/": 80.0}
CHANGED_FLOOR = 85.0
HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)

Lines = dict[str, tuple[set[int], set[int]]]


def main() -> int:
    """Print each layer's share; exit 1 where one is below its floor."""
    covered = measured()
    shares = {layer: share(in_layer(covered, layer)) for layer in FLOORS}
    good = True
    for layer, floor in FLOORS.items():
        good &= shares[layer] >= floor
        print(f"coverage: {layer:<22} {shares[layer]:6.1f} %  (floor {floor:.0f} %)")
    touched = {
        path: (hit & lines, missed & lines)
        for path, lines in changed().items()
        for hit, missed in [covered.get(path, (set(), set()))]
    }
    of_change = share(touched)
    print(
        f"coverage: {'lines of the change':<22} {of_change:6.1f} %  (floor {CHANGED_FLOOR:.0f} %)"
    )
    return 0 if good and of_change >= CHANGED_FLOOR else 1


def measured() -> Lines:
    """The lines of each file that ran, and those that did not."""
    python = Path(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [python, "-m", "coverage", "json", "--quiet", "-o", report]
        subprocess.run(command, cwd=ROOT, check=True)
        files = json.loads(report.read_text())["files"]
    return {
        path: (set(found["executed_lines"]), set(found["missing_lines"]))
        for path, found in files.items()
    }


def in_layer(covered: Lines, layer: str) -> Lines:
    """The files whose first matching layer is this one."""
    return {
        path: lines
        for path, lines in covered.items()
        if next(filter(path.startswith, FLOORS), None) == layer
    }


def share(lines: Lines) -> float:
    """How much of the lines ran, in per cent; of nothing, all."""
    hit = sum(len(ran) for ran, _ in lines.values())
    missed = sum(len(rest) for _, rest in lines.values())
    return 100.0 * hit / (hit + missed) if hit + missed else 100.0


def changed() -> dict[str, set[int]]:
    """The lines that differ from where main was forked, or from the commit before on main itself."""
    base = _git("merge-base", "HEAD", "origin/main") or _git("rev-parse", "HEAD~1")
    found = {}
    for part in _git("diff", "--unified=0", base or "HEAD", "--", "*.py").split("diff --git ")[1:]:
        path = re.search(r"^\+\+\+ b/(.+)$", part, re.MULTILINE)
        if path:
            spans = [(int(first), int(count or 1)) for first, count in HUNK.findall(part)]
            found[path[1]] = {
                line for first, count in spans for line in range(first, first + count)
            }
    return found


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
