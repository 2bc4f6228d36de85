"""Where a change cannot matter: parts of the code that say something and do nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Spot = tuple[int, int]
    Span = tuple[Spot, Spot]

CACHES = {"cache", "lru_cache", "cached_property"}
FOR_READERS = {"override", "final", "overload"}


def skipped(source: str) -> list[Span]:
    """The spans of the source in which no mutant is made."""
    lines = source.splitlines()
    return [
        _span(part, lines)
        for node in ast.walk(ast.parse(source))
        for rule in RULES
        for part in rule(node)
    ]


def annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Types beside names: nothing evaluates them."""
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield node.annotation
    if isinstance(node, ast.FunctionDef) and node.returns:
        yield node.returns


def type_aliases(node: ast.AST) -> Iterator[ast.AST]:
    """`Value = int | None`: a union of names, given a name in a module."""
    for statement in node.body if isinstance(node, ast.Module) else ():
        if isinstance(statement, ast.Assign | ast.AnnAssign) and _is_union(statement.value):
            yield statement


def type_checking(node: ast.AST) -> Iterator[ast.AST]:
    """`if TYPE_CHECKING:` never runs."""
    if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
        yield node


def exports(node: ast.AST) -> Iterator[ast.AST]:
    """`__all__` is read by tools alone."""
    if isinstance(node, ast.Assign) and _name(node.targets[0]) == "__all__":
        yield node


def dataclass_options(node: ast.AST) -> Iterator[ast.AST]:
    """`frozen`, `slots` and `kw_only` refuse mistakes that mypy refuses as well."""
    for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
        if isinstance(decorator, ast.Call) and _name(decorator.func) == "dataclass":
            yield from decorator.keywords


def caches(node: ast.AST) -> Iterator[ast.AST]:
    """A cache saves time; without it the results are the same. So are marks for readers."""
    for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _name(called) in CACHES | FOR_READERS:
            yield decorator


def strict_zips(node: ast.AST) -> Iterator[ast.AST]:
    """`strict=True` of a zip, an assertion about two values of ours."""
    if isinstance(node, ast.Call) and _name(node.func) == "zip":
        yield from (keyword for keyword in node.keywords if keyword.arg == "strict")


def is_cached(decorator: ast.expr) -> bool:
    """Whether a decorator keeps what its function returned."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _name(called) in CACHES


RULES: tuple[Callable[[ast.AST], Iterator[ast.AST]], ...] = (
    annotations,
    type_aliases,
    type_checking,
    exports,
    dataclass_options,
    caches,
    strict_zips,
)


def _is_union(node: ast.AST | None) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitOr):
        return False
    return all(
        _is_union(side)
        or isinstance(side, ast.Subscript)
        or (isinstance(side, ast.Constant) and side.value is None)
        or (_name(side)[:1].isalpha() and not _name(side).isupper())
        for side in (node.left, node.right)
    )


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _span(node: ast.AST, lines: list[str]) -> Span:
    start = (node.lineno, _characters(lines[node.lineno - 1], node.col_offset))
    end = (node.end_lineno, _characters(lines[node.end_lineno - 1], node.end_col_offset))
    if lines[start[0] - 1][: start[1]].strip() == "@" and isinstance(node, ast.expr):
        start = (start[0], start[1] - 1)
    return start, end


def _characters(line: str, offset: int) -> int:
    return len(line.encode()[:offset].decode())
