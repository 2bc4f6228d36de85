"""Which tests each module has to answer to: a table, tests/mutants/suites.toml."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TABLE = ROOT / "tests" / "mutants" / "suites.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A package or module, its modules by their files, and the tests that must notice a change."""

    name: str
    modules: dict[str, Path]
    tests: tuple[Path, ...]
    markers: str

    def files(self) -> list[Path]:
        """What decides about the outcome of these tests, beside the code."""
        folders = [test for test in self.tests if test.is_dir()]
        inside = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return sorted(path for path in {*self.tests, *inside} - {*folders} if path.suffix != ".pyc")


def read_suites(table: Path) -> list[Suite]:
    """The suites of a table, in its order."""
    entries = tomllib.loads(table.read_text())["suite"]
    return [
        Suite(
            name=entry["code"],
            modules=_modules(entry["code"]),
            tests=tuple(path for test in entry["tests"] if (path := ROOT / test).exists()),
            markers=entry.get("markers", "unit"),
        )
        for entry in entries
    ]


def narrowed(suite: Suite, wanted: list[str]) -> Suite | None:
    """The suite with the wanted modules alone: named, or below a named package."""
    modules = {
        name: path
        for name, path in suite.modules.items()
        if not wanted or any(name == word or name.startswith(f"{word}.") for word in wanted)
    }
    if not modules:
        return None
    return Suite(name=suite.name, modules=modules, tests=suite.tests, markers=suite.markers)


def _modules(name: str) -> dict[str, Path]:
    """A module's file, or all files of a package; nothing is imported for it."""
    for folder in map(Path, sys.path):
        place = folder.joinpath(*name.split("."))
        if place.with_suffix(".py").is_file():
            return {name: place.with_suffix(".py").resolve()}
        if place.is_dir():
            return {
                ".".join([name, *path.relative_to(place).with_suffix("").parts]): path.resolve()
                for path in sorted(place.rglob("*.py"))
                if path.name != "__init__.py"
            }
    raise SystemExit(f"mutants: no module is named {name}; see {TABLE.relative_to(ROOT)}.")
