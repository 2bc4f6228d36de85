"""Writes a text that a pattern of Postgres finds: of a regular expression, or of LIKE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz", "s": " "}
POSIX = {
    "alpha": "abcdefghijklmnopqrstuvwxyz",
    "digit": "0123456789",
    "alnum": "abcdefghijklmnopqrstuvwxyz0123456789",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "space": " ",
    "punct": "-_.",
    "xdigit": "0123456789abcdef",
}
PRINTED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. @/+!#"
QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d+)(,(\d*))?\})\??")
# Repeats without an end are written so often more than they must.
MORE = 3
MOST = 300


def text_like(pattern: str, number: int) -> str:
    """A text that LIKE finds: its wildcards become letters."""
    letters = iter(_letters(number))
    plain = re.sub(r"\\(.)|[%_]", lambda match: match[1] or next(letters), pattern)
    return plain[:MOST]


def text_of(pattern: str, number: int) -> str | None:
    """A text that a regular expression finds; None if it has a form that is not read."""
    writer = _Writer(pattern, number)
    try:
        text = writer.choice()
    except _UnreadError:
        return None
    return text[:MOST] if writer.at == len(pattern) else None


def _letters(number: int) -> Iterator[str]:
    letters = CLASSES["w"]
    while True:
        number = (number * 6364136223846793005 + 1442695040888963407) % 2**64
        yield letters[(number >> 33) % len(letters)]


class _UnreadError(Exception):
    """A form of regular expressions that is not read."""


class _Writer:
    """Reads an expression from left to right, and writes a text that it finds."""

    def __init__(self, pattern: str, number: int) -> None:
        self.pattern, self.at, self.number = pattern, 0, number % 2**64

    def pick(self, count: int) -> int:
        """One of so many choices."""
        self.number = (self.number * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.number >> 33) % count

    def next(self) -> str:
        """The next character, empty at the end."""
        return self.pattern[self.at : self.at + 1]

    def choice(self) -> str:
        """One of the branches between bars."""
        branches = [self.branch()]
        while self.next() == "|":
            self.at += 1
            branches.append(self.branch())
        return branches[self.pick(len(branches))]

    def branch(self) -> str:
        """Parts one after another, up to a bar, a closing bracket or the end."""
        parts = []
        while self.next() not in {"", "|", ")"}:
            start = self.at
            self.atom()
            quantifier = QUANTIFIER.match(self.pattern, self.at)
            times = self.times(quantifier) if quantifier else 1
            end = quantifier.end() if quantifier else self.at
            parts.append("".join(self.again(start) for _ in range(times)))
            self.at = end
        return "".join(parts)

    def again(self, start: int) -> str:
        """The atom that begins there: each repeat is drawn by itself."""
        self.at = start
        return self.atom()

    def times(self, match: re.Match[str]) -> int:
        """How often an atom is repeated."""
        sign = match[0][0]
        if sign == "?":
            return self.pick(2)
        if sign in "*+":
            return (sign == "+") + self.pick(MORE)
        least = int(match[1])
        most = int(match[3]) if match[3] else least + (MORE if match[2] else 0)
        return least + self.pick(max(most - least, 0) + 1)

    def atom(self) -> str:
        """A character, a class, an anchor or a group."""
        letter = self.next()
        self.at += 1
        if letter == "(":
            return self.group()
        if letter == "[":
            return self.bracket()
        if letter == "\\":
            return self.escaped()
        if letter in "^$":
            return ""
        return "a" if letter == "." else letter

    def group(self) -> str:
        """A group, whether it captures or not."""
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.next() == "?":
            raise _UnreadError
        text = self.choice()
        if self.next() != ")":
            raise _UnreadError
        self.at += 1
        return text

    def escaped(self) -> str:
        """A letter behind a backslash."""
        letter = self.next()
        self.at += 1
        if letter in CLASSES:
            return CLASSES[letter][self.pick(len(CLASSES[letter]))]
        if letter in "AZmMy":
            return ""
        if letter.isalnum() or not letter:
            raise _UnreadError
        return letter

    def bracket(self) -> str:
        """A character of a class in square brackets."""
        end = re.compile(r"\^?\]?(?:\[:\w+:\]|\\.|[^\]])*").match(self.pattern, self.at)
        if end is None or self.pattern[end.end() : end.end() + 1] != "]":
            raise _UnreadError
        inside, self.at = end[0], end.end() + 1
        negated = inside.startswith("^")
        members = "".join(_members(inside.removeprefix("^")))
        known = "".join(c for c in PRINTED if c not in members) if negated else members
        if not known:
            raise _UnreadError
        return known[self.pick(len(known))]


def _members(inside: str) -> Iterator[str]:
    """The characters of a class."""
    for match in re.finditer(r"\[:(\w+):\]|\\(.)|(.)-([^\]])|(.)", inside, re.DOTALL):
        if match[1]:
            yield POSIX.get(match[1], "a")
        elif match[2]:
            yield CLASSES.get(match[2], match[2])
        elif match[3]:
            yield "".join(
                map(chr, range(ord(match[3]), min(ord(match[4]), ord(match[3]) + 200) + 1))
            )
        else:
            yield match[5]
