"""What a mutant changes: operators of cosmic-ray, and a few of our own for what it leaves alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import parso
from cosmic_ray.operators import exception_replacer
from cosmic_ray.operators.boolean_replacer import AddNot
from cosmic_ray.operators.number_replacer import OFFSETS, NumberReplacer
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import Name, Number

if TYPE_CHECKING:
    from collections.abc import Iterator

    Node = Any
    Position = tuple[tuple[int, int], tuple[int, int]]

# One or two replacements an operator: all eleven of cosmic-ray's for a plus die of the same test.
FROM_COSMIC_RAY = (
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Sub_BitOr",
    "ReplaceBinaryOperator_Mul_Add",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_FloorDiv",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_RShift_LShift",
    "ReplaceBinaryOperator_LShift_RShift",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitXor_BitAnd",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "RemoveDecorator",
    "ZeroIterationForLoop",
)

# Methods that give back a value of the same type: leaving one out is a mistake that people make.
SAME_TYPE = {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "copy", "cast"}


class _OurOperator(Operator):  # type: ignore[misc]
    """Replaces the code of a node; the number of lines stays."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """The node itself, where this operator has another text for it."""
        if self.replacement(node) is not None:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Node, index: int) -> Node:
        """The node, with its new text in place of the old one."""
        del index
        text = self.replacement(node)
        lines = node.get_code(include_prefix=False).count("\n") - str(text).count("\n")
        prefix = node.get_first_leaf().prefix
        return parso.parse(f"{prefix}{text}{chr(10) * lines}")

    def replacement(self, node: Node) -> str | None:
        """The new text; None where the operator does not apply."""
        raise NotImplementedError

    @classmethod
    def examples(cls) -> tuple[()]:
        """None here: the tests of the tool have them."""
        return ()


class ReplaceInWithNotIn(_OurOperator):
    """`a in b` becomes `a not in b`, and the other way round."""

    def replacement(self, node: Node) -> str | None:
        """The comparison with its operator turned round."""
        if node.type != "comparison":
            return None
        words = [child.get_code(include_prefix=False) for child in node.children]
        operator = " ".join(words[1].split())
        turned = {"in": "not in", "not in": "in"}.get(operator)
        return turned and f"{words[0]} {turned} {node.get_code().partition(words[1])[2].lstrip()}"


class NegateFilter(_OurOperator):
    """`for x in xs if test` becomes `for x in xs if not (test)`."""

    def replacement(self, node: Node) -> str | None:
        """The filter of a comprehension, negated."""
        if node.type != "comp_if":
            return None
        test = node.children[1].get_code(include_prefix=False)
        rest = "".join(child.get_code() for child in node.children[2:])
        return f"if not ({test}){rest}"


class ReturnNone(_OurOperator):
    """`return value` becomes `return None`."""

    def replacement(self, node: Node) -> str | None:
        """A return of nothing, where something was returned."""
        if node.type != "return_stmt":
            return None
        value = node.children[1].get_code(include_prefix=False)
        return None if value in {"None", "False", "()", '""'} else "return None"


class DeleteStatement(_OurOperator):
    """A call made for its effect, `raise`, `del` or an augmented assignment becomes `pass`."""

    def replacement(self, node: Node) -> str | None:
        """`pass`, where the statement does something and defines no name."""
        if node.parent is None or node.parent.type != "simple_stmt":
            return None
        return "pass" if node.type in {"raise_stmt", "del_stmt"} or _acts(node) else None


class DropMethod(_OurOperator):
    """`text.strip()` becomes `text`."""

    def replacement(self, node: Node) -> str | None:
        """The expression without its last method, where that gives back the same type."""
        if node.type != "atom_expr":
            return None
        method, call = (child.get_code(include_prefix=False) for child in node.children[-2:])
        if method.lstrip(".") not in SAME_TYPE or not call.startswith("("):
            return None
        return "".join(child.get_code() for child in node.children[:-2]).strip()


class NegateTest(AddNot):  # type: ignore[misc]
    """`if a` becomes `if not a`; of a comparison, other operators change the sign."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """The tests that no other operator negates."""
        for position in super().mutation_positions(node):
            test = node.children[2 if node.type == "test" else 1]
            if test.type not in {"comparison", "not_test"}:
                yield position


class Numbers(NumberReplacer):  # type: ignore[misc]
    """One more and one less, without a blank before."""

    def mutate(self, node: Node, index: int) -> Node:
        """The number, changed."""
        value = ast.literal_eval(node.value) + OFFSETS[index]
        return Number(str(value), node.start_pos, prefix=node.prefix)


class ExceptionReplacer(exception_replacer.ExceptionReplacer):  # type: ignore[misc]
    """`except A` catches another one; it cannot change a dotted name, as in `except a.A`."""

    def mutation_positions(self, node: Node) -> Iterator[Position]:
        """The names of the clause, unless one of them is dotted."""
        if node.type == "except_clause" and all(
            isinstance(name, Name) for name in self._name_nodes(node)
        ):
            yield from super().mutation_positions(node)


def _acts(node: Node) -> bool:
    """Whether a statement is a call, or an assignment like `+=`."""
    if node.type == "atom_expr":
        return node.children[0].type != "string"
    if node.type != "expr_stmt":
        return False
    sign = node.children[1]
    return sign.type == "operator" and sign.value not in {"=", ":"}


OURS = (
    NegateTest,
    Numbers,
    ExceptionReplacer,
    ReplaceInWithNotIn,
    NegateFilter,
    ReturnNone,
    DeleteStatement,
    DropMethod,
)


def operators() -> dict[str, Operator]:
    """Every operator by its name."""
    theirs = OperatorProvider()
    return {name: theirs[name]() for name in FROM_COSMIC_RAY} | {
        operator.__name__: operator() for operator in OURS
    }
