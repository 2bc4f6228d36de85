"""Finds out what becomes of the mutants of a suite."""

from __future__ import annotations

import os
import traceback
from collections import defaultdict
from typing import TYPE_CHECKING

from scripts.mutants.measure import Measured, measure, read_measured
from scripts.mutants.results import STATUSES, Results, digest, hash_of_tests
from scripts.mutants.trials import Trial, arguments, trial_of, try_imported, try_in_place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scripts.mutants.generate import Mutant
    from scripts.mutants.suites import Suite
    from scripts.mutants.trials import Limits


def run(
    suite: Suite, mutants: Sequence[Mutant], results: Results, folder: Path, limits: Limits
) -> None:
    """Try the mutants whose result is not known yet, and record each."""
    pending = _pending(mutants, results)
    if not pending:
        return
    measured = _measured(suite, folder)
    trials = [trial_of(mutant, suite, measured) for mutant in pending]
    for trial in trials:
        if not trial.tests:
            results.record(trial.mutant, "survived", "")
    in_place = [trial for trial in trials if trial.tests and trial.in_place]
    if in_place:
        _in_child(lambda: try_in_place(suite, in_place, measured, results.record, limits), folder)
    results.read()
    left = [
        trial for trial in trials if results.of(trial.mutant) is None or _cannot(trial, results)
    ]
    for group in _by_module(left):
        _in_child(_importing(suite, group, measured, results, limits), folder)
    results.read()


def _importing(
    suite: Suite, group: list[Trial], measured: Measured, results: Results, limits: Limits
) -> Callable[[], int]:
    def work() -> int:
        try_imported(suite, group, measured, results.record, limits)
        return 0

    return work


def _pending(mutants: Sequence[Mutant], results: Results) -> list[Mutant]:
    return [
        mutant
        for mutant in mutants
        if (result := results.of(mutant)) is None or result.status not in STATUSES
    ]


def _cannot(trial: Trial, results: Results) -> bool:
    result = results.of(trial.mutant)
    return result is not None and result.status not in STATUSES


def _by_module(trials: list[Trial]) -> list[list[Trial]]:
    groups = defaultdict(list)
    for trial in trials:
        groups[trial.mutant.module].append(trial)
    return list(groups.values())


def _measured(suite: Suite, folder: Path) -> Measured:
    sources = [path.read_text() for path in suite.modules.values()]
    out = folder / f"{suite.name}-{digest(hash_of_tests(suite), *sources)}.json"
    if not out.exists():
        for old in folder.glob(f"{suite.name}-*.json"):
            old.unlink()
        if suite.tests:
            _in_child(lambda: _must_pass(measure(suite, arguments(suite), out)), folder)
        else:
            out.write_text('{"seconds": {}, "lines": {}}')
    return read_measured(out)


def _must_pass(code: int) -> int:
    # No test is no failure: every mutant survives then.
    return 0 if code in {0, 5} else code


def _in_child(work: Callable[[], int], folder: Path) -> None:
    """Do the work in a fork, so that what it imports is not there for the next one."""
    log = folder / "last.log"
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = work()
        except BaseException:  # noqa: BLE001 - the parent shows it
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"mutants: the tests do not run as they are.\n{log.read_text()[-6000:]}")
