"""Runs a suite once as it is: it must pass, and says which tests run which lines."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripts.mutants.suites import Suite

AS_IMPORTED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a suite does: seconds of each test, and the tests of each line of each file."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]

    def tests_of(self, path: Path, lines: range) -> set[str]:
        """The tests that ran one of the lines; AS_IMPORTED among them where an import did."""
        of_file = self.lines.get(str(path), {})
        return set().union(*(of_file.get(line, set()) for line in lines))

    def tests_of_file(self, path: Path) -> set[str]:
        """The tests that ran anything in a file."""
        return set().union(*self.lines.get(str(path), {}).values()) - {AS_IMPORTED}


@dataclass
class Stopwatch:
    """A pytest plugin: switches coverage to each test, and takes its time."""

    coverage: object
    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[object]:
        """One test, from its fixtures to their end."""
        self.coverage.switch_context(name_of(item))  # type: ignore[attr-defined]
        start = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[name_of(item)] = time.process_time() - start


def name_of(item: pytest.Item) -> str:
    """A test by its file: pytest's own name lacks it for a file outside the project."""
    return f"{item.path}::{item.nodeid.partition('::')[2]}"


def measure(suite: Suite, arguments: list[str], out: Path) -> int:
    """Run the suite under coverage in this process; write what it does, unless it fails."""
    import coverage  # noqa: PLC0415 - starts to trace what is imported after it

    trace = coverage.Coverage(
        data_file=None, include=[str(path) for path in suite.modules.values()], config_file=False
    )
    trace.start()
    watch = Stopwatch(trace)
    code = pytest.main([*arguments, *map(str, suite.tests)], plugins=[watch])
    trace.stop()
    data = trace.get_data()
    lines = {
        path: {str(line): tests for line, tests in data.contexts_by_lineno(path).items()}
        for path in data.measured_files()
    }
    if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        partial = out.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({"seconds": watch.seconds, "lines": lines}))
        partial.replace(out)
    return int(code)


def read_measured(path: Path) -> Measured:
    """What an earlier run measured."""
    found = json.loads(path.read_text())
    return Measured(
        seconds=found["seconds"],
        lines={
            name: {int(line): set(tests) for line, tests in lines.items()}
            for name, lines in found["lines"].items()
        },
    )
