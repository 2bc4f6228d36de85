"""Nothing of ours imports a private name of a package: those change without a word."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
OURS = ("privaci_core", "privaci_dagster", "scripts", "benchmarks", "examples", "docker")


def imported(tree: ast.AST) -> Iterator[str]:
    """Every name that a module imports, in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private(name: str) -> bool:
    """Whether a name, or a module on the way to it, begins with one underscore."""
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def test_private_names_are_found() -> None:
    """A module, a member, and a module on the way; not `__future__`."""
    text = (
        "import a._b\nfrom a._core.c import d\nfrom a import _e\nfrom __future__ import f\nimport g"
    )
    assert [name for name in imported(ast.parse(text)) if private(name)] == [
        "a._b",
        "a._core.c.d",
        "a._e",
    ]


def test_no_private_name_is_imported() -> None:
    """Of Dagster least of all: `dagster._core` is moved about in every minor version."""
    files = [path for folder in OURS for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if private(name)
    }
    # Dagster gives its storage classes no public name.
    storage = "privaci_dagster/storage.py: dagster._core."
    assert {name for name in found if not name.startswith(storage)} == set()
    assert len(found) == 6
