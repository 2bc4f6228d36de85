"""Holds the parts of a condition as SQL with their kinds, and says which of them go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.codecs.registry import types_of

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Column

# Literals and columns have kinds; only values of one kind can be compared.
Kind = Literal["text", "number", "bool", "null", "other"]

NUMBERS = types_of("integer", "fraction", "oid")
TEXTS = types_of("text")
REMEDY = (
    "Use comparisons, &&, ||, !, ? :, in, contains, startsWith, endsWith, matches, size, has and"
    " null over the row's columns."
)
METHODS = {
    "contains": "(pg_catalog.strpos({}, {}) > 0)",
    "startsWith": "pg_catalog.starts_with({}, {})",
    "endsWith": "(pg_catalog.right({0}, pg_catalog.length({1})) = {1})",
}


class ConditionError(Exception):
    """A condition that cannot be compiled: why, and what to do instead."""

    def __init__(self, reason: str, remedy: str = REMEDY) -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a condition as SQL, and its kind."""

    sql: sql.Composable
    kind: Kind


def kind_of(column: Column) -> Kind:
    """What a column's values can be compared with."""
    if column.base_type in TEXTS:
        return "text"
    if column.base_type in NUMBERS:
        return "number"
    return "bool" if column.base_type == "bool" else "other"


def truth(term: Term) -> Term:
    """The term, which must be a condition."""
    if term.kind != "bool":
        raise ConditionError(f"a {term.kind} is used where a condition is needed")
    return term


def comparable(left: Term, right: Term) -> None:
    """Refuse to compare two kinds; text is read as the type of the `other` column beside it."""
    kinds = {left.kind, right.kind}
    if len(kinds) > 1 and kinds != {"text", "other"}:
        reason = f"a {left.kind} is compared with a {right.kind}"
        raise ConditionError(reason, "Compare values of one kind; put text in quotes.")


def against_null(left: Term, right: Term, sign: str) -> Term:
    """Whether a term is NULL, or is not."""
    if sign not in {"==", "!="}:
        raise ConditionError(f"null is compared by {sign}", "Use == null or != null.")
    other = right if left.kind == "null" else left
    return is_null(other, negated=sign == "!=")


def is_null(term: Term, *, negated: bool) -> Term:
    """Whether a term is NULL; negated, whether it has a value."""
    negation = sql.SQL("NOT " if negated else "")
    return Term(sql.SQL("({} IS {}NULL)").format(term.sql, negation), "bool")


def size(term: Term) -> Term:
    """How many characters a text has."""
    if term.kind not in {"text", "other"}:
        raise ConditionError(f"size is a function of text, not of a {term.kind}")
    return Term(sql.SQL("pg_catalog.length({})").format(as_text(term)), "number")


def method(term: Term, name: str, argument: Term | None) -> Term:
    """A function of text that is called on a term."""
    if name not in METHODS or argument is None:
        raise ConditionError(f"there is no function {name} of this form")
    if argument.kind != "text":
        raise ConditionError(f"{name} is a function of text")
    return Term(sql.SQL(METHODS[name]).format(text_of(term, name), argument.sql), "bool")


def matches(term: Term, pattern: str) -> Term:
    """Whether a regular expression, as Postgres writes it, is found in a text."""
    # Its letters and digits are those of ASCII, as RE2's are; other collations differ, or fail.
    found = sql.SQL('({} OPERATOR(pg_catalog.~) {} COLLATE pg_catalog."C")')
    return Term(found.format(text_of(term, "matches"), sql.Literal(pattern)), "bool")


def chosen(condition: Term, then: Term, otherwise: Term) -> Term:
    """One of two terms; NULL where the condition is. The condition is evaluated once."""
    kinds = {then.kind, otherwise.kind} - {"null"}
    if len(kinds) > 1 and kinds != {"text", "other"}:
        reason = f"a {then.kind} and a {otherwise.kind} are the two ends of one choice"
        raise ConditionError(reason, "Write values of one kind on both sides of the colon.")
    both = (then, otherwise)
    if "other" in kinds:
        both = (Term(as_text(then), "text"), Term(as_text(otherwise), "text"))
        kinds = {"text"}
    case = sql.SQL("(CASE {} WHEN true THEN {} WHEN false THEN {} END)")
    found = case.format(truth(condition).sql, *(term.sql for term in both))
    return Term(found, next(iter(kinds), "null"))


def text_of(term: Term, name: str) -> sql.Composable:
    """A term as text, for the function of this name."""
    if term.kind not in {"text", "other"}:
        raise ConditionError(f"{name} is a function of text")
    return as_text(term)


def as_text(term: Term) -> sql.Composable:
    """A term as text."""
    return sql.SQL("{}::pg_catalog.text").format(term.sql)
