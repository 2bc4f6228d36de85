"""Compiles conditions of a policy, written in a part of CEL, to SQL, and checks their types."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from psycopg import sql

from privaci_core.plan.condition_patterns import postgres_pattern
from privaci_core.plan.condition_terms import (
    ConditionError,
    Term,
    against_null,
    chosen,
    comparable,
    is_null,
    kind_of,
    matches,
    method,
    size,
    truth,
)
from privaci_core.policy import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Column

TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<raw>[rR](?:"[^"]*"|'[^']*'))
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!?:(),.\[\]-])
    )""",
    re.VERBOSE,
)
# Brackets, signs and choices inside one another; each level takes a few frames of Python's stack.
MOST_LEVELS = 50
COMPARISONS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
# Quotes whose backslashes mean the same to CEL and to the author of a pattern.
PLAIN_ESCAPES = re.compile(r"""(?:[^\\]|\\[ntr\\'"])*""")


def compile_condition(text: str, columns: Iterable[Column]) -> sql.Composable:
    """The condition as a SQL expression that is true, false or NULL for each row."""
    reader = _Reader(text, {column.name: column for column in columns})
    return truth(reader.whole()).sql


def compile_rule(text: str, roles: Mapping[str, Iterable[Column]]) -> sql.Composable:
    """A condition on rows of several tables, whose columns are named `role.column`."""
    tables = {role: {each.name: each for each in columns} for role, columns in roles.items()}
    return truth(_Reader(text, {}, tables).whole()).sql


class _Reader:
    """Reads a condition from left to right, one token ahead."""

    def __init__(
        self,
        text: str,
        columns: dict[str, Column],
        roles: Mapping[str, Mapping[str, Column]] | None = None,
    ) -> None:
        self.text, self.columns, self.roles, self.position = text, columns, roles or {}, 0
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
        term = self.choice()
        if self.kind != "end":
            self.fail()
        return term

    def choice(self) -> Term:
        """Terms joined by `? :`, or a term by itself."""
        condition = self.either()
        if not self.takes("?"):
            return condition
        with self.deeper():
            then = self.choice()
            self.needs(":")
            return chosen(condition, then, self.choice())

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
        joined = sql.SQL(f" {word} ").join(truth(term).sql for term in parts)
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
            return against_null(left, right, sign)
        comparable(left, right)
        compared = sql.SQL(f"({{}} {COMPARISONS[sign]} {{}})").format(left.sql, right.sql)
        return Term(compared, "bool")

    def _member(self, left: Term) -> Term:
        self.needs("[")
        members = [] if self.word == "]" else [self.unary()]
        while self.takes(","):
            members.append(self.unary())
        self.needs("]")
        for member in members:
            comparable(left, member)
        if not members:
            return Term(sql.SQL("false"), "bool")
        listed = sql.SQL(", ").join(member.sql for member in members)
        return Term(sql.SQL("({} IN ({}))").format(left.sql, listed), "bool")

    def unary(self) -> Term:
        """A term, negated by `!` or `-` or as it is."""
        with self.deeper():
            return self._signed()

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Read what lies one level deeper."""
        self.level += 1
        if self.level > MOST_LEVELS:
            reason = f"the condition is nested more than {MOST_LEVELS} levels deep"
            raise ConditionError(reason, "Write it with fewer brackets and signs.")
        yield
        self.level -= 1

    def _signed(self) -> Term:
        if self.takes("!"):
            return Term(sql.SQL("(NOT {})").format(truth(self.unary()).sql), "bool")
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
            if name == "matches":
                term = matches(term, postgres_pattern(self._pattern()))
            elif self.word == ")" and name == "size":
                term = size(term)
            else:
                term = method(term, name, None if self.word == ")" else self.choice())
            self.needs(")")
        return term

    def _pattern(self) -> str:
        """The text of a pattern: a literal, so that it is checked before any row is read."""
        if self.kind == "raw":
            return self.advance()[2:-1]
        if self.kind != "text":
            remedy = "Write the pattern in quotes: name.matches(r'^[A-Z]+$')."
            raise ConditionError("matches takes a pattern that is written out", remedy)
        if not PLAIN_ESCAPES.fullmatch(self.word):
            remedy = "Write the pattern with an r before its quotes: r'\\d+'."
            raise ConditionError("the pattern has a backslash that CEL would read", remedy)
        return _unquoted(self.advance())

    def plain(self) -> Term:
        """A literal, a column, `size(..)`, or a condition in brackets."""
        if self.takes("("):
            return self._inner()
        if self.kind == "text":
            return Term(sql.Literal(_unquoted(self.advance())), "text")
        if self.kind == "raw":
            return Term(sql.Literal(self.advance()[2:-1]), "text")
        if self.kind == "number":
            return Term(sql.SQL(self.advance()), "number")
        if self.kind == "name":
            return self._named(self.advance())
        return self.fail()

    def _inner(self) -> Term:
        """A condition or a term up to its closing bracket."""
        term = self.choice()
        self.needs(")")
        return term

    def _named(self, name: str) -> Term:
        if name in {"true", "false"}:
            return Term(sql.SQL(name), "bool")
        if name == "null":
            return Term(sql.SQL("NULL"), "null")
        if name == "size" and self.takes("("):
            return size(self._inner())
        if name == "has" and self.takes("("):
            return is_null(self._inner_column(), negated=True)
        if name in self.roles and self.takes("."):
            return self._of_role(name, self.advance())
        return self._column(name)

    def _inner_column(self) -> Term:
        """A column up to a closing bracket."""
        if self.kind != "name":
            self.fail()
        name = self.advance()
        if name in self.roles and self.takes("."):
            term = self._of_role(name, self.advance())
            self.needs(")")
            return term
        if self.word in {".", "["}:
            raise ConditionError(
                f"has() asks for a member of {name}",
                "Ask for the column alone: what is in a composite or a document is not read.",
            )
        self.needs(")")
        return self._column(name)

    def _of_role(self, role: str, name: str) -> Term:
        column = self.roles[role].get(name)
        if column is None:
            raise ConditionError(f"{role} has no column {name}", suggest(name, self.roles[role]))
        return Term(sql.Identifier(role, name), kind_of(column))

    def _column(self, name: str) -> Term:
        column = self.columns.get(name)
        if column is None and self.roles:
            raise ConditionError(f"there is no role {name}", suggest(name, self.roles))
        if column is None:
            raise ConditionError(f"the table has no column {name}", suggest(name, self.columns))
        return Term(sql.Identifier(name), kind_of(column))


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), word[1:-1])
