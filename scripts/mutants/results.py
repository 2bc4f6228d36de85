"""What earlier runs found out, under .cache: only what has changed since is tried again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.mutants.suites import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.mutants.generate import Mutant
    from scripts.mutants.suites import Suite

# "cannot" comes before another status: the mutant is to be imported from the start.
STATUSES = ("killed", "survived", "timeout", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a mutant, and the test that killed it."""

    status: str
    test: str


@dataclass
class Results:
    """A file of a line each result: many processes append, none rewrites."""

    path: Path
    tests: str
    found: dict[str, Result] = field(default_factory=dict)

    def read(self) -> None:
        """Read what is there, the last line of each mutant."""
        if not self.path.exists():
            return
        for line in self.path.read_text().splitlines():
            entry = json.loads(line)
            self.found[entry["key"]] = Result(status=entry["status"], test=entry["test"])

    def record(self, mutant: Mutant, status: str, test: str) -> None:
        """Append one result."""
        entry = {"key": self.key(mutant), "status": status, "test": test}
        with self.path.open("a") as file:
            file.write(f"{json.dumps(entry)}\n")

    def of(self, mutant: Mutant) -> Result | None:
        """The result of a mutant, of this run or an earlier one."""
        return self.found.get(self.key(mutant))

    def key(self, mutant: Mutant) -> str:
        """What the result depends on: the source of the mutant, and the tests."""
        return digest(self.tests, mutant.module, mutant.source)


def results_of(suite: Suite, folder: Path) -> Results:
    """The results of a suite, as far as they are known."""
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(folder / f"{suite.name}.jsonl", hash_of_tests(suite))
    results.read()
    return results


def hash_of_tests(suite: Suite) -> str:
    """Changes with any file that the tests consist of."""
    substrate = [ROOT / "tests" / "conftest.py", *(ROOT / "tests" / "substrate").glob("*.py")]
    files = [*suite.files(), *sorted(substrate)]
    return digest(suite.markers, *(f"{path.name} {path.read_bytes().hex()}" for path in files))


def digest(*parts: str) -> str:
    """A short name for texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
