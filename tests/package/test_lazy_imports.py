"""A subcommand imports only what it needs: most of a short command's time is imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from privaci_core.demo import POLICY

pytestmark = pytest.mark.e2e

# Prints the named modules that a command has imported when it ends; what it prints itself is
# not of interest.
COMMAND = """
import contextlib, io, sys
from privaci_dagster.cli import main
modules, sys.argv = sys.argv[1].split(), ["privaci", *sys.argv[2:]]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(" ".join(name for name in modules if name in sys.modules))
"""
HEAVY = ("dagster", "numpy", "polars", "psycopg", "pyarrow", "spacy", "sqlalchemy")


def imported(modules: tuple[str, ...], *command: str) -> list[str]:
    """Which of the modules a command imports."""
    words = [sys.executable, "-c", COMMAND, " ".join(modules), *command]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("command", [("--help",), ("--version",), ("catalog", "--help")])
def test_help_imports_almost_nothing(command: tuple[str, ...]) -> None:
    """No library of ours but the one that prints it."""
    assert imported((*HEAVY, "cryptography"), *command) == []


@pytest.mark.parametrize(
    "command",
    [
        ("gen-salt",),
        ("schema", "config"),
        ("validate", "--config", "no-such-file.yaml"),
        ("gen-salt", "--help"),
    ],
)
def test_commands_without_a_database_import_no_driver_and_no_frames(
    command: tuple[str, ...],
) -> None:
    """A salt, the policy's schema, and a policy that is not there."""
    assert imported(HEAVY, *command) == []


def test_a_policy_is_checked_without_the_masks() -> None:
    """Its patterns are tried by the engine that will run them, and that needs polars alone."""
    assert imported(HEAVY, "validate", "--config", str(POLICY)) in ([], ["polars"])


@pytest.mark.parametrize("command", ["init", "plan", "drift", "introspect", "dry-run", "verify"])
def test_commands_that_only_read_import_no_dagster(command: str) -> None:
    """Dagster alone takes longer than reading the catalog of most databases."""
    assert imported(("dagster", "spacy", "sqlalchemy"), command, "--help") == []


def test_imports_are_not_searched_for_garbage() -> None:
    """What a command imports stays; afterwards the collector runs again, and passes it over."""
    code = """
import gc
from privaci_dagster.cli.imports import collector_paused
runs = []
with collector_paused():
    gc.callbacks.append(lambda phase, _: runs.append(phase))
    import dagster
    print(len(runs))
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True", "True"]
