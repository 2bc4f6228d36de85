"""Tries the mutants of a suite: each in a forked process, with the tests that run its lines."""

from __future__ import annotations

import importlib
import os
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import grimp
import pytest

from scripts.mutants.forks import BROKEN, Ending, forked
from scripts.mutants.measure import AS_IMPORTED, Measured, name_of
from scripts.mutants.replace import functions_of, import_instead, replace_code
from scripts.mutants.suites import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scripts.mutants.generate import Mutant
    from scripts.mutants.suites import Suite

    Record = Callable[[Mutant, str, str], None]

# A child that cannot take the mutant into living functions; another imports it from the start.
CANNOT = 71
OURS = ("privaci_core", "privaci_dagster")
FACTOR = 5.0
ARGUMENTS = (
    *("-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-q", "-x", "--capture=sys", "-p", "substrate.markers"),
    *("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:pytest_cov"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A mutant, the tests that may notice it, and whether living functions can take it."""

    mutant: Mutant
    tests: frozenset[str]
    in_place: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many trials run at a time, and how long one may take."""

    workers: int
    least_seconds: float

    def of(self, trial: Trial, measured: Measured) -> float:
        """Seconds of processor: several times what the tests take without a change."""
        usual = sum(measured.seconds.get(test, 1.0) for test in trial.tests)
        return self.least_seconds + FACTOR * usual


@dataclass
class Chosen:
    """A pytest plugin: runs the tests that matter, and names the one that failed."""

    tests: frozenset[str]
    rank: Callable[[str], float]
    pipe: int

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        items[:] = chosen(items, self.tests, self.rank)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[Any]:
        """Name the test that noticed."""
        report = yield
        if report.failed:
            os.write(self.pipe, f"{name_of(item)}\n".encode())
        return report


@dataclass
class InPlace:
    """A pytest plugin: once all tests are collected, tries mutants in forks of that process."""

    suite: Suite
    trials: list[Trial]
    measured: Measured
    record: Record
    limits: Limits
    kills: Counter[str] = field(default_factory=Counter)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Fork for each mutant; in a child, let pytest run what is chosen."""
        # A module that no test file imports would be imported by a test, behind the change.
        for module in {trial.mutant.module for trial in self.trials}:
            importlib.import_module(module)
        functions = functions_of({str(path) for path in self.suite.modules.values()})

        def work(trial: Trial, pipe: int) -> int:
            path = str(self.suite.modules[trial.mutant.module])
            mutant = trial.mutant
            if not replace_code(functions[path], path, mutant.source, mutant.owner):
                return CANNOT
            plugin = Chosen(trial.tests, ranking(self.measured, self.kills), pipe)
            session.config.pluginmanager.register(plugin)
            session.items = chosen(session.items, plugin.tests, plugin.rank)
            return _run_items(session)

        def seconds(trial: Trial) -> float:
            return self.limits.of(trial, self.measured)

        for _, ending in forked([self.unchanged()], work, seconds, 1):
            if ending.code or ending.timed_out:
                raise pytest.UsageError(f"without a change, in a fork: {ending}")
        for trial, ending in forked(self.trials, work, seconds, self.limits.workers):
            verdict(trial, ending, self.record, self.kills)
        return True

    def unchanged(self) -> Trial:
        """All these tests on the code as it is: a fork must not be what they notice."""
        first = self.trials[0].mutant
        mutant = replace(first, source=self.suite.modules[first.module].read_text())
        tests = frozenset().union(*(trial.tests for trial in self.trials))
        return Trial(mutant=mutant, tests=tests, in_place=True)


def _run_items(session: pytest.Session) -> int:
    """Run the session's items until one fails."""
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def try_in_place(
    suite: Suite, trials: list[Trial], measured: Measured, record: Record, limits: Limits
) -> int:
    """Collect the suite once, and try the mutants on its living functions."""
    plugin = InPlace(suite, trials, measured, record, limits)
    files = files_of(frozenset().union(*(trial.tests for trial in trials)))
    return int(pytest.main([*arguments(suite), *files], plugins=[plugin]))


def try_imported(
    suite: Suite, trials: list[Trial], measured: Measured, record: Record, limits: Limits
) -> None:
    """Import the mutant in place of its module, in a process that has not imported it yet."""
    module = trials[0].mutant.module
    import_what_it_imports(module)
    kills: Counter[str] = Counter()

    def work(trial: Trial, pipe: int) -> int:
        import_instead(module, suite.modules[module], trial.mutant.source)
        plugin = Chosen(trial.tests, ranking(measured, kills), pipe)
        return int(pytest.main([*arguments(suite), *files_of(trial.tests)], plugins=[plugin]))

    def seconds(trial: Trial) -> float:
        return limits.of(trial, measured)

    for trial, ending in forked(trials, work, seconds, limits.workers):
        verdict(trial, ending, record, kills)


def arguments(suite: Suite) -> list[str]:
    """What pytest is called with, beside files."""
    return [*ARGUMENTS, "-m", suite.markers]


def import_what_it_imports(module: str) -> None:
    """Import what lies below the module, once for all its mutants."""
    stale = {module}
    if module.startswith(OURS):
        stale |= imports().find_downstream_modules(module)
        for below in sorted(imports().find_upstream_modules(module)):
            importlib.import_module(below)
    # A package that imports all its modules has imported this one, and what imports it.
    for name in stale & sys.modules.keys():
        del sys.modules[name]


@cache
def imports() -> grimp.ImportGraph:
    """Which of our modules imports which."""
    return grimp.build_graph(*OURS, cache_dir=None)


def verdict(trial: Trial, ending: Ending, record: Record, kills: Counter[str]) -> None:
    """Record how a trial ended."""
    if ending.timed_out:
        return record(trial.mutant, "timeout", "")
    if ending.code in (BROKEN, pytest.ExitCode.NO_TESTS_COLLECTED):
        return record(trial.mutant, "broken", ending.said)
    if ending.code == CANNOT:
        return record(trial.mutant, "cannot", "")
    killer = ending.said.partition("\n")[0]
    kills[killer] += 1
    return record(trial.mutant, "killed" if ending.code else "survived", killer)


def trial_of(mutant: Mutant, suite: Suite, measured: Measured) -> Trial:
    """The mutant with the tests that run its lines; a change at import concerns more of them."""
    path = suite.modules[mutant.module]
    tests = measured.tests_of(path, mutant.statement)
    # What ran at import has had its effect by the time that functions are replaced.
    in_place = bool(mutant.owner) and AS_IMPORTED not in tests
    if not in_place:
        tests = measured.tests_of_file(path) | importers(mutant.module, suite, measured)
    return Trial(mutant=mutant, tests=frozenset(tests - {AS_IMPORTED}), in_place=in_place)


def importers(module: str, suite: Suite, measured: Measured) -> set[str]:
    """The tests of the modules that import this one; all of them where none is measured."""
    names = imports().find_modules_that_directly_import(module) if module.startswith(OURS) else ()
    paths = [suite.modules[name] for name in names if name in suite.modules]
    return set().union(*map(measured.tests_of_file, paths)) or set(measured.seconds)


def chosen(
    items: Iterable[pytest.Item], tests: frozenset[str], rank: Callable[[str], float]
) -> list[pytest.Item]:
    """The chosen items, the likeliest to fail soon first."""
    wanted = [item for item in items if name_of(item) in tests]
    return sorted(wanted, key=lambda item: rank(name_of(item)))


def ranking(measured: Measured, kills: Counter[str]) -> Callable[[str], float]:
    """Seconds for a kill, as far as is known."""
    return lambda test: (measured.seconds.get(test, 1.0) + 0.005) / (1 + kills[test])


def files_of(tests: frozenset[str]) -> list[str]:
    """The files that tests stand in."""
    return sorted({test.partition("::")[0] for test in tests})
