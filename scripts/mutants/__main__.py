"""The command line: `python -m scripts.mutants [module ...]`."""

from __future__ import annotations

import argparse
import importlib
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

# Before their first import: a library with threads of its own cannot be forked.
os.environ |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}

from scripts.mutants.generate import Mutant, mutants_of
from scripts.mutants.report import Tried, problems, shown, survivors, table
from scripts.mutants.results import results_of
from scripts.mutants.run import run
from scripts.mutants.suites import ROOT, TABLE, Suite, narrowed, read_suites
from scripts.mutants.survivors import LIST, entries, read_accepted
from scripts.mutants.trials import Limits

# What every test imports: done once, here, for all forks.
LIBRARIES = ("hypothesis", "numpy", "polars", "psycopg", "pyarrow", "pytest", "yaml")
FEW_EXAMPLES = 8


def main() -> int:
    """Try what is asked for; exit 1 where a mutant survives that is not in the list."""
    options = _options()
    _import_libraries()
    tried: list[Tried] = []
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = temporary
        for suite in read_suites(options.table):
            if part := narrowed(suite, options.modules):
                tried += _tried(part, options)
    return _report(tried, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", help="modules or packages; all of the table by default"
    )
    parser.add_argument("--list", action="store_true", help="show every survivor, accepted or not")
    parser.add_argument("--entries", action="store_true", help="print entries for the list")
    parser.add_argument(
        "--sample", type=int, help="so many mutants of each module, chosen by --seed"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--seconds", type=float, default=6.0, help="the least that a mutant may take"
    )
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--accepted", type=Path, default=LIST)
    parser.add_argument("--results", type=Path, default=ROOT / ".cache" / "mutants")
    return parser.parse_args()


def _import_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415 - after the variables above

    _cap_examples(settings)
    settings.register_profile(
        "mutants",
        max_examples=FEW_EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


def _cap_examples(settings: type[Any]) -> None:
    """Give no test more examples, whatever it asks for itself: each is run a thousand times."""
    make = settings.__init__

    def capped(self: object, *parents: object, **chosen: object) -> None:
        if isinstance(chosen.get("max_examples"), int):
            chosen["max_examples"] = min(chosen["max_examples"], FEW_EXAMPLES)
        make(self, *parents, **chosen)

    settings.__init__ = capped  # type: ignore[method-assign]


def _tried(suite: Suite, options: argparse.Namespace) -> list[Tried]:
    mutants = [
        mutant
        for module, path in suite.modules.items()
        for mutant in _some(mutants_of(module, path.read_text()), options)
    ]
    results = results_of(suite, options.results)
    limits = Limits(workers=options.workers, least_seconds=options.seconds)
    run(suite, mutants, results, options.results, limits)
    found = [(mutant, results.of(mutant)) for mutant in mutants]
    return [Tried(mutant=mutant, result=result) for mutant, result in found if result]


def _some(mutants: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    if options.sample is None or options.sample >= len(mutants):
        return mutants
    return random.Random(options.seed).sample(mutants, options.sample)  # noqa: S311 - no secret


def _report(tried: list[Tried], options: argparse.Namespace) -> int:
    print("\n".join(table(tried)))
    if options.entries:
        accepted = read_accepted(options.accepted)
        print(entries(survivors(tried)), len(accepted))
    if options.list:
        print("\n".join(map(shown, survivors(tried))))
    modules = set() if options.sample else {one.mutant.module for one in tried}
    found = problems(tried, read_accepted(options.accepted), modules=modules)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
