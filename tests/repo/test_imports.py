"""The check of imports finds what pyproject.toml declares too little or too much."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_imports  # noqa: E402 - scripts are no package

pytestmark = pytest.mark.unit

PROJECT = """
[project]
name = "privaci-dagster"
version = "0"
dependencies = ["rich", "typer"]
[project.optional-dependencies]
dev = ["psutil"]
"""


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is found in a package that declares rich and typer, and imports numpy, psutil, typer."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for folder in ("privaci_core", "privaci_dagster", "tests", "scripts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "privaci_core" / "__init__.py").write_text("import numpy, psutil, typer")
    monkeypatch.setattr(check_imports, "ROOT", tmp_path)
    found = check_imports.issues(*check_imports.PACKAGE)
    return check_imports.unexplained(found, {"no-longer-declared": "a reason"})


@pytest.mark.parametrize("name", ["numpy", "psutil", "rich", "no-longer-declared"])
def test_a_difference_is_found(problems: set[str], name: str) -> None:
    """An undeclared import, one of dev alone, an unused dependency, and a stale reason."""
    assert len([problem for problem in problems if name in problem]) == 1
    assert len(problems) == 4
