"""Values are passed: nothing writes the process's environment."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
MUTATORS = {"update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__delitem__"}
FUNCTIONS = {"putenv", "unsetenv"}


def writes_in(source: str) -> Iterator[ast.AST]:
    """The statements and calls that write the environment, however it was imported."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.Delete):
            written = any(_is_item(target) for target in _flat(node.targets))
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            written = _is_environ(node.target) or _is_item(node.target)
        elif isinstance(node, ast.Call):
            written = _is_writing_call(node.func)
        else:
            continue
        if written:
            yield node


def _flat(targets: list[ast.expr]) -> Iterator[ast.expr]:
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from _flat(target.elts)
        else:
            yield target


def _is_environ(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    # A mapping that is called `environ` is a value of ours; the process's is `os.environ`.
    return name == "environ" and isinstance(node, ast.Attribute) and _is_os(node.value)


def _is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def _is_item(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and _is_environ(node.value)


def _is_writing_call(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in FUNCTIONS
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr in FUNCTIONS:
        return True
    return function.attr in MUTATORS and _is_environ(function.value)


def imports_environ(source: str) -> bool:
    """Whether the name alone is imported, which would hide what is written to."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and any(name.name in {"environ", *FUNCTIONS} for name in node.names)
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.parametrize(
    "source",
    [
        'os.environ["A"] = "1"',
        'os.environ["A"], os.environ["B"] = "1", "2"',
        'os.environ |= {"A": "1"}',
        'os.environ["A"] += "1"',
        'os.environ.update(A="1")',
        'os.environ.setdefault("A", "1")',
        'os.environ.pop("A")',
        'del os.environ["A"]',
        'os.putenv("A", "1")',
        'putenv("A", "1")',
    ],
)
def test_a_write_is_found(source: str) -> None:
    """Each way to write the environment counts."""
    assert len(list(writes_in(source))) >= 1


@pytest.mark.parametrize(
    "source", ['x = os.environ["A"]', 'environ["A"] = "1"', 'x = {**os.environ, "A": "1"}']
)
def test_a_read_is_no_write(source: str) -> None:
    """Reading the environment, or filling a mapping of one's own, is allowed."""
    assert list(writes_in(source)) == []


def test_the_environment_is_written_nowhere() -> None:
    """Values reach what needs them as arguments; a child process gets an explicit `env`."""
    found = set()
    for package in ("privaci_core", "privaci_dagster"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            assert not imports_environ(source), path
            for node in writes_in(source):
                found.add((str(path.relative_to(ROOT)), ast.get_source_segment(source, node)))
    assert found == set()
