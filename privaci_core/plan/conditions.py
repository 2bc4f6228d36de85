"""Compiles conditions of a policy, written in a part of CEL, to SQL, and checks their types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

from psycopg import sql

from privaci_core.codecs.registry import types_of
from privaci_core.policy import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from privaci_core.catalog.catalog import Column

# Literals and columns have kinds; only values of one kind can be compared.
Kind = Literal["text", "number", "bool", "null", "other"]

NUMBERS = types_of("integer", "fraction", "oid")
TEXTS = types_of("text")
TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!(),.\[\]-])
    )""",
    re.VERBOSE,
)
# Brackets and signs inside one another; each level takes a few frames of Python's stack.
MOST_LEVELS = 50
COMPARISONS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
REMEDY = (
    "Use comparisons, &&, ||, !, in, contains, startsWith, endsWith, size and null"
    " over the row's columns."
)


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


def compile_condition(text: str, columns: Iterable[Column]) -> sql.Composable:
    """The condition as a SQL expression that is true, false or NULL for each row."""
    reader = _Reader(text, {column.name: column for column in columns})
    return _truth(reader.whole()).sql


def _truth(term: Term) -> Term:
    if term.kind != "bool":
        raise ConditionError(f"a {term.kind} is used where a condition is needed")
    return term


class _Reader:
    """Reads a condition from left to right, one token ahead."""

    def __init__(self, text: str, columns: dict[str, Column]) -> None:
        self.text, self.columns, self.position = text, columns, 0
        self.level = 0
        # The next token: its kind and its text.
        self.kind, self.word = "", ""
        self.advance()

    def advance(self) -> str:
        """Return the next token's text, and read the one after it."""
        word = self.word
        match = TOKEN.match(self.text, self.position)
        if match is not None:
            self.kind = match.lastgroup or ""
            self.word = match[self.kind]
            self.position = match.end()
        elif self.text[self.position :].strip():
            self.fail()
        else:
            self.kind, self.word = "end", ""
        return word

    def fail(self) -> NoReturn:
        """Refuse the condition, and say where."""
        raise ConditionError(f"the condition cannot be read at its character {self.position + 1}")

    def takes(self, *words: str) -> str | None:
        """Take the next token if it is one of these words or signs."""
        return self.advance() if self.kind in {"sign", "name"} and self.word in words else None

    def needs(self, word: str) -> None:
        """Take the next token, which must be this word."""
        if self.takes(word) is None:
            self.fail()

    def whole(self) -> Term:
        """The whole condition."""
        term = self.either()
        if self.kind != "end":
            self.fail()
        return term

    def either(self) -> Term:
        """Terms joined by `||`."""
        return self._joined("||", "OR", self.both)

    def both(self) -> Term:
        """Terms joined by `&&`."""
        return self._joined("&&", "AND", self.compared)

    def _joined(self, sign: str, word: str, part: Callable[[], Term]) -> Term:
        parts = [part()]
        while self.takes(sign):
            parts.append(part())
        first, *others = parts
        if not others:
            return first
        joined = sql.SQL(f" {word} ").join(_truth(term).sql for term in parts)
        return Term(sql.SQL("({})").format(joined), "bool")

    def compared(self) -> Term:
        """A comparison, a membership, or a term by itself."""
        left = self.unary()
        if self.takes("in"):
            return self._member(left)
        sign = self.takes(*COMPARISONS)
        if sign is None:
            return left
        right = self.unary()
        if "null" in {left.kind, right.kind}:
            return _against_null(left, right, sign)
        _comparable(left, right)
        compared = sql.SQL(f"({{}} {COMPARISONS[sign]} {{}})").format(left.sql, right.sql)
        return Term(compared, "bool")

    def _member(self, left: Term) -> Term:
        self.needs("[")
        members = [] if self.word == "]" else [self.unary()]
        while self.takes(","):
            members.append(self.unary())
        self.needs("]")
        for member in members:
            _comparable(left, member)
        if not members:
            return Term(sql.SQL("false"), "bool")
        listed = sql.SQL(", ").join(member.sql for member in members)
        return Term(sql.SQL("({} IN ({}))").format(left.sql, listed), "bool")

    def unary(self) -> Term:
        """A term, negated by `!` or `-` or as it is."""
        self.level += 1
        if self.level > MOST_LEVELS:
            reason = f"the condition is nested more than {MOST_LEVELS} levels deep"
            raise ConditionError(reason, "Write it with fewer brackets and signs.")
        term = self._signed()
        self.level -= 1
        return term

    def _signed(self) -> Term:
        if self.takes("!"):
            return Term(sql.SQL("(NOT {})").format(_truth(self.unary()).sql), "bool")
        if self.takes("-"):
            number = self.unary()
            if number.kind != "number":
                self.fail()
            return Term(sql.SQL("(- {})").format(number.sql), "number")
        return self.called()

    def called(self) -> Term:
        """A term with the functions called on it."""
        term = self.plain()
        while self.takes("."):
            name = self.advance()
            self.needs("(")
            argument = None if self.word == ")" else self.either()
            self.needs(")")
            term = self._method(term, name, argument)
        return term

    def _method(self, term: Term, name: str, argument: Term | None) -> Term:
        if name == "size" and argument is None:
            return _size(term)
        if name not in METHODS or argument is None:
            raise ConditionError(f"there is no function {name} of this form")
        if argument.kind != "text" or term.kind not in {"text", "other"}:
            raise ConditionError(f"{name} is a function of text")
        return Term(sql.SQL(METHODS[name]).format(_as_text(term), argument.sql), "bool")

    def plain(self) -> Term:
        """A literal, a column, `size(..)`, or a condition in brackets."""
        if self.takes("("):
            return self._inner()
        if self.kind == "text":
            return Term(sql.Literal(_unquoted(self.advance())), "text")
        if self.kind == "number":
            return Term(sql.SQL(self.advance()), "number")
        if self.kind == "name":
            return self._named(self.advance())
        return self.fail()

    def _inner(self) -> Term:
        """A condition or a term up to its closing bracket."""
        term = self.either()
        self.needs(")")
        return term

    def _named(self, name: str) -> Term:
        if name in {"true", "false"}:
            return Term(sql.SQL(name), "bool")
        if name == "null":
            return Term(sql.SQL("NULL"), "null")
        if name == "size" and self.takes("("):
            return _size(self._inner())
        column = self.columns.get(name)
        if column is None:
            raise ConditionError(f"the table has no column {name}", suggest(name, self.columns))
        return Term(sql.Identifier(name), kind_of(column))


METHODS = {
    "contains": "(pg_catalog.strpos({}, {}) > 0)",
    "startsWith": "pg_catalog.starts_with({}, {})",
    "endsWith": "(pg_catalog.right({0}, pg_catalog.length({1})) = {1})",
}


def kind_of(column: Column) -> Kind:
    """What a column's values can be compared with."""
    if column.base_type in TEXTS:
        return "text"
    if column.base_type in NUMBERS:
        return "number"
    return "bool" if column.base_type == "bool" else "other"


def _comparable(left: Term, right: Term) -> None:
    """Refuse to compare two kinds; text is read as the type of the `other` column beside it."""
    kinds = {left.kind, right.kind}
    if len(kinds) > 1 and kinds != {"text", "other"}:
        reason = f"a {left.kind} is compared with a {right.kind}"
        raise ConditionError(reason, "Compare values of one kind; put text in quotes.")


def _against_null(left: Term, right: Term, sign: str) -> Term:
    if sign not in {"==", "!="}:
        raise ConditionError(f"null is compared by {sign}", "Use == null or != null.")
    other = right if left.kind == "null" else left
    negation = sql.SQL("NOT " if sign == "!=" else "")
    return Term(sql.SQL("({} IS {}NULL)").format(other.sql, negation), "bool")


def _size(term: Term) -> Term:
    if term.kind not in {"text", "other"}:
        raise ConditionError(f"size is a function of text, not of a {term.kind}")
    return Term(sql.SQL("pg_catalog.length({})").format(_as_text(term)), "number")


def _as_text(term: Term) -> sql.Composable:
    return sql.SQL("{}::pg_catalog.text").format(term.sql)


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), word[1:-1])
