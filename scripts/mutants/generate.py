"""The mutants of a module: its source, changed in one place."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cosmic_ray.ast import Visitor, get_ast
from cosmic_ray.mutating import mutate_code

from scripts.mutants.operators import operators
from scripts.mutants.skipped import is_cached, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parso.tree import NodeOrLeaf

    from scripts.mutants.skipped import Spot

AT_IMPORT = "(module)"
OPERATORS = operators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of a module: what it changes, and the whole source with it."""

    module: str
    function: str
    operator: str
    line: int
    before: str
    after: str
    source: str
    # The outermost function whose body holds the change: replacing its code is enough. Else empty,
    # as for a cached function, which runs for the first test that needs it and concerns others.
    owner: str
    # The lines of the statement that is changed; of `if`, `for` and their like, the first ones.
    statement: range


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    found: dict[str, Mutant] = {}
    spans = skipped(source)
    functions = _functions(ast.parse(source))
    cached = frozenset(filter(None, map(_cached_name, ast.parse(source).body)))
    statements = _statements(ast.parse(source))
    for statement in ast.parse(source).body:
        for operator, spot, mutated in _mutations(source, statement):
            if not any(start <= spot < end for start, end in spans) and mutated not in found:
                found[mutated] = _mutant(
                    module, source, mutated, operator, spot, functions, cached, statements
                )
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _mutations(source: str, statement: ast.stmt) -> Iterator[tuple[str, Spot, str]]:
    """Mutations of one statement of the module; parsing it alone is what makes this fast."""
    lines = source.splitlines(keepends=True)
    first, last = _first_line(statement), statement.end_lineno or statement.lineno
    text = "".join(lines[first - 1 : last])
    for name, number, (line, column) in _positions(text):
        changed = mutate_code(text, OPERATORS[name], number)
        if changed != text and _compiles(changed):
            whole = "".join([*lines[: first - 1], changed, *lines[last:]])
            yield name, (line + first - 1, column), whole


def _positions(text: str) -> list[tuple[str, int, Spot]]:
    """Operator, number and place of each mutation of a text."""
    walk = _Positions()
    walk.walk(get_ast(text))
    return [
        (name, number, spot)
        for name, spots in walk.found.items()
        for number, spot in enumerate(spots)
    ]


class _Positions(Visitor):  # type: ignore[misc]
    """Walks a statement as cosmic-ray does, and notes each place where an operator applies."""

    def __init__(self) -> None:
        self.found: dict[str, list[Spot]] = {name: [] for name in OPERATORS}

    def visit(self, node: NodeOrLeaf) -> NodeOrLeaf:
        """Note the places of this node."""
        for name, operator in OPERATORS.items():
            self.found[name] += [start for start, _ in operator.mutation_positions(node)]
        return node


def _mutant(  # noqa: PLR0913, PLR0917 - the parts of one value
    module: str,
    source: str,
    mutated: str,
    operator: str,
    spot: Spot,
    functions: list[tuple[str, int, int, int]],
    cached: frozenset[str],
    statements: list[range],
) -> Mutant:
    before, after = _difference(source.splitlines(), mutated.splitlines())
    around = [entry for entry in functions if entry[1] <= spot[0] <= entry[3]]
    replaceable = around and around[0][2] <= spot[0] and around[0][0] not in cached
    return Mutant(
        module=module,
        function=around[-1][0] if around else AT_IMPORT,
        operator=operator,
        line=spot[0],
        before=before,
        after=after,
        source=mutated,
        owner=around[0][0] if replaceable else "",
        statement=min((lines for lines in statements if spot[0] in lines), key=len),
    )


def _statements(tree: ast.Module) -> list[range]:
    """The lines of each statement, without those of statements inside it."""
    return [
        range(_first_line(node), _last_line(node) + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)
    ]


def _last_line(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> int:
    body = getattr(node, "body", None)
    if body:
        return max(_first_line(node), body[0].lineno - 1)
    return node.end_lineno


def _functions(tree: ast.Module) -> list[tuple[str, int, int, int]]:
    """Name, first line, first line of the body and last line of each function, outer ones first."""
    found = []

    def walk(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = getattr(child, "name", None)
            inner = f"{path}.{name}".lstrip(".") if name else path
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                body = child.body[0].lineno
                found.append((inner, _first_line(child), body, child.end_lineno or body))
            walk(child, inner)

    walk(tree, "")
    return sorted(found, key=lambda entry: (entry[1], -entry[3]))


def _cached_name(node: ast.stmt) -> str:
    is_function = isinstance(node, ast.FunctionDef)
    return node.name if is_function and any(map(is_cached, node.decorator_list)) else ""


def _difference(before: list[str], after: list[str]) -> tuple[str, str]:
    """The lines that differ, each side on one line."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return _joined(before[start : len(before) - end]), _joined(after[start : len(after) - end])


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def _first_line(statement: ast.stmt | ast.ExceptHandler | ast.match_case) -> int:
    if isinstance(statement, ast.match_case):
        return statement.pattern.lineno
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
