"""Reads a folder of scenarios, and reads files again that have changed."""

from __future__ import annotations

from contextlib import suppress
from stat import S_ISREG
from threading import Lock
from typing import TYPE_CHECKING

from privaci_core.policy.findings import Finding, suggest
from privaci_core.testdata.errors import UnknownScenario
from privaci_core.testdata.load_scenario import ScenarioError, load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from privaci_core.testdata.scenario import Scenario

ENDINGS = (".yaml", ".yml")
# When a file was written last, and its size.
Stamp = tuple[int, int]


class Scenarios:
    """The scenarios of a folder; threads may share them."""

    def __init__(self, folder: Path) -> None:
        """Read every scenario of a folder; a folder that does not exist has none."""
        self.folder = folder
        self._lock = Lock()
        self._read: dict[Path, tuple[Stamp, Scenario]] = {}
        self._named: dict[str, Scenario] = {}
        self.reload()

    def __iter__(self) -> Iterator[Scenario]:
        """The scenarios in the order of their names."""
        named = self._named
        return iter([named[name] for name in sorted(named)])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._named)

    def by_id(self, name: str) -> Scenario:
        """The scenario of a name."""
        found = self._named.get(name)
        if found is None:
            raise UnknownScenario(
                "Looking for a scenario",
                f"the folder {self.folder} has none of that name",
                suggest(name, self._named) if self._named else f"Write one into {self.folder}.",
            )
        return found

    def reload(self) -> bool:
        """Read files again that are new or were changed; says whether any was.

        A mistake in one of them is raised, and the scenarios stay as they were.
        """
        with self._lock:
            stamps = dict(_stamps(self.folder))
            if stamps == {path: stamp for path, (stamp, _) in self._read.items()}:
                return False
            read = {path: (stamp, self._scenario(path, stamp)) for path, stamp in stamps.items()}
            self._named = _each_once({path: scenario for path, (_, scenario) in read.items()})
            self._read = read
            return True

    def _scenario(self, path: Path, stamp: Stamp) -> Scenario:
        known = self._read.get(path)
        return known[1] if known is not None and known[0] == stamp else load_scenario(path)


def _stamps(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        # A file may be gone in the moment between.
        with suppress(FileNotFoundError):
            status = path.stat()
            if path.suffix in ENDINGS and S_ISREG(status.st_mode):
                yield path, (status.st_mtime_ns, status.st_size)


def _each_once(scenarios: dict[Path, Scenario]) -> dict[str, Scenario]:
    """The scenarios by name; a name that two files use is refused."""
    named: dict[str, Path] = {}
    for path, scenario in scenarios.items():
        first = named.setdefault(scenario.scenario_id, path)
        if first != path:
            line = scenario.line_of("scenario_id")
            reason = f"{first.name} has the same scenario_id"
            finding = Finding(path="scenario_id", line=line, reason=reason, remedy="Change one.")
            raise ScenarioError(f"Reading {path}", [finding])
    return {name: scenarios[path] for name, path in named.items()}
