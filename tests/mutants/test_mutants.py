"""The tool of `make mutants`: what it changes, and that it tells killed from survived."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from scripts.mutants.generate import mutants_of  # noqa: E402 - scripts are no installed package
from scripts.mutants.suites import TABLE, read_suites  # noqa: E402

CODE = '''
"""Doubles."""

from __future__ import annotations

from functools import cache

LEAST = 0


def double(value: int | None) -> int:
    """Twice the value, or the least."""
    if value is None:
        return LEAST
    return value + value


def half(value: int) -> int:
    """Half the value."""
    return value // 2


def spin(turns: int) -> int:
    """Turns round until no turn is left."""
    while turns > 0:
        turns -= 1
    return turns


@cache
def triple(value: int) -> int:
    """Three times the value, once computed."""
    return value * 3


def _next(value: int) -> int:
    return value + 1


MOST = _next(4)
'''
TESTS = '''
"""Tests of the planted module: one that notices, one that looks away."""

import planted
import pytest


@pytest.mark.unit
def test_nothing():
    """What is cached runs here, and is not looked at."""
    planted.triple(2)


@pytest.mark.unit
def test_double():
    """A double is noticed, and so are what is cached and what ran at import."""
    assert planted.triple(2) == 6
    assert planted.MOST == 5
    assert planted.double(3) == 6
    assert planted.double(None) == 0
    assert planted.spin(3) == 0


@pytest.mark.unit
def test_half():
    """A half is not looked at."""
    planted.half(8)
'''


def changes(code: str) -> set[tuple[str, str]]:
    """Every change that is made to a piece of code: the line before and after."""
    return {(mutant.before, mutant.after) for mutant in mutants_of("code", dedent(code))}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("a = b + 1", ("a = b + 1", "a = b - 1")),
        ("a = b + 1", ("a = b + 1", "a = b + 2")),
        ("a = b in c", ("a = b in c", "a = b not in c")),
        ("a = b not in c", ("a = b not in c", "a = b in c")),
        ("a = [b for b in c if b]", ("a = [b for b in c if b]", "a = [b for b in c if not (b)]")),
        ("if a.b():\n    pass", ("if a.b():", "if not a.b():")),
        ("def f():\n    return a", ("return a", "return None")),
        ("f(\n  a,\n)\nb = c", ("f( a, )", "pass")),
        ("a += b\n", ("a += b", "pass")),
        ("a = b.strip().lower()", ("a = b.strip().lower()", "a = b.strip()")),
        (
            "try:\n    a()\nexcept (B, C):\n    pass",
            ("except (B, C):", "except (B, CosmicRayTestingException):"),
        ),
    ],
)
def test_what_is_changed(code: str, change: tuple[str, str]) -> None:
    """Each kind of change is made where it can be."""
    assert change in changes(code)


@pytest.mark.unit
@pytest.mark.parametrize(
    "code",
    [
        "def f(a: int | None) -> int | str: ...",
        "a: int | None",
        "Value = int | None",
        "if TYPE_CHECKING:\n    a = 1",
        "__all__ = ['a' + 'b']",
        "@cache\ndef f(): ...",
        "a = zip(b, c, strict=True)",
        '"""A docstring with 1 + 1."""',
        "try:\n    a = b\nexcept (c.D, c.E):\n    pass",
    ],
)
def test_what_is_left_alone(code: str) -> None:
    """Code that says something and does nothing is not changed."""
    assert changes(code) == set()


@pytest.mark.unit
def test_the_options_of_a_dataclass_are_left_alone() -> None:
    """A dataclass may lose its decorator, and nothing of what is in it."""
    found = changes("@dataclass(frozen=True, slots=True)\nclass A: ...\n")
    assert found == {("@dataclass(frozen=True, slots=True)", "")}


@pytest.mark.unit
def test_a_mutant_is_named_by_its_function() -> None:
    """A change inside a method is named by class and method, one outside by the module."""
    code = "a = 1\nclass B:\n    def c(self):\n        return a\n"
    named = {mutant.function: mutant.owner for mutant in mutants_of("code", code)}
    assert named == {"(module)": "", "B.c": "B.c"}


@pytest.mark.unit
def test_the_table_names_code_and_tests_that_exist() -> None:
    """A module that was moved away is noticed here, not in the hour of a long run."""
    for suite in read_suites(TABLE):
        assert suite.modules, suite.name
        assert suite.tests, suite.name


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A module with tests of which some look away, and a table that names them."""
    (tmp_path / "planted.py").write_text(CODE)
    (tmp_path / "test_planted.py").write_text(TESTS)
    table = f'[[suite]]\ncode = "planted"\ntests = ["{tmp_path / "test_planted.py"}"]\n'
    (tmp_path / "suites.toml").write_text(table)
    return tmp_path


def run_tool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool on the planted module."""
    command = [sys.executable, "-m", "scripts.mutants", *arguments]
    places = ["--table", folder / "suites.toml", "--results", folder / "results"]
    return subprocess.run(
        [*command, *places, "--seconds", "1", "--accepted", folder / "survivors.toml"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.e2e
def test_killed_and_survived_are_told_apart(planted: Path) -> None:
    """A change that a test notices is killed; one that none looks at survives and fails the run."""
    done = run_tool(planted)
    survived = done.stdout.partition("survived, and")[2]
    assert done.returncode == 1, done.stdout + done.stderr
    assert "+ return value * 2" in survived
    assert "- return value // 2" in survived
    assert "+ return value - value" not in survived
    assert "- LEAST = 0" not in survived
    assert "* 3" not in survived
    assert "value + 1" not in survived
    assert "while" not in survived
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith("planted"))
    mutants, killed, survivors, timeouts = map(int, row[1:5])
    assert mutants == killed + survivors + timeouts
    assert survivors == 4
    assert timeouts >= 1
