"""Says which lines of recorded answers of language models hold more than a digest and fakes.

    python scripts/lint_recordings.py             the recordings that the tests keep
    python scripts/lint_recordings.py FILE ...    others, such as yours

It prints the place and the kind of each fault, never a part of the line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.masks.text.recordings import fault_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KEPT = Path(__file__).parents[1] / "tests" / "masks" / "recordings"


def faults_in(paths: Iterable[Path]) -> Iterator[str]:
    """The place of each faulty line, and why it is one."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            why = fault_of(line)
            if why:
                yield f"{path}:{number}: {why}"


def main(arguments: list[str]) -> int:
    """Print the faults; 1 if there are some."""
    paths = [Path(each) for each in arguments] or sorted(KEPT.glob("*.jsonl"))
    found = list(faults_in(paths))
    print("\n".join(found) or f"{len(paths)} recordings hold digests and fakes alone")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
