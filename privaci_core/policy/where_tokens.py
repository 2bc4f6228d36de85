"""Cuts a `where` predicate into tokens exactly as Postgres's own scanner does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, NoReturn

Kind = Literal["name", "quoted", "text", "number", "operator", "sign", "comment"]

# All but some of ASCII: a class up to the last code point takes milliseconds to compile, which
# each command would wait for. Letters; those, digits and $; those without $, and with a dot.
LETTER, MORE = r"[^\x00-@\[-^`{-\x7f]", r"[^\x00-#%-/:-@\[-^`{-\x7f]"
TAG, JUNK_LETTER = r"[^\x00-/:-@\[-^`{-\x7f]", r"[^\x00-#%-\-/:-@\[-^`{-\x7f]"
# In the order in which Postgres prefers them: a prefix belongs to the quote right behind it.
# `standard_conforming_strings` is on in every session, so only E'' has backslashes.
TOKEN = re.compile(
    rf"""
    (?P<unicode_name>[uU]&")
    | (?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')
    | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
    | (?P<dollars>\$(?P<tag>{LETTER}{TAG}*)?\$)
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<name>{LETTER}{MORE}*)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<sign>::|[(),.:\[\]])
    | (?P<operator>[~!@\#^&|`?+\-*/%<>=]+)
    """,
    re.VERBOSE | re.DOTALL,
)
KINDS: dict[str, Kind] = {
    "name": "name",
    "quoted": "quoted",
    "number": "number",
    "operator": "operator",
    "sign": "sign",
}
# Releases of Postgres differ in how they cut a number that letters follow.
JUNK = re.compile(JUNK_LETTER)
BLANK = re.compile(r"[ \t\n\r\f]+")
LINE_COMMENT = re.compile(r"--[^\n\r]*")
COMMENT_SIGN = re.compile(r"/\*|\*/")
OPENS_COMMENT = re.compile(r"--|/\*")
# Postgres folds these alone.
FOLD = str.maketrans(ascii_uppercase, ascii_lowercase)


class WhereError(Exception):
    """A predicate that is refused: why, and what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, its place in the text, and its name or word as Postgres compares it."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """A keyword or an unquoted name, in lower case; of any other token nothing."""
        return self.text.translate(FOLD) if self.kind == "name" else ""

    @property
    def named(self) -> str:
        """The name that an identifier means, quoted or not."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.word


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a predicate, comments among them; refuses what Postgres would not scan."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        blank = BLANK.match(text, place)
        if blank is not None:
            place = blank.end()
            continue
        token = _comment(text, place) or _token(text, place)
        found.append(token)
        place = token.end
    return tuple(found)


def _comment(text: str, place: int) -> Token | None:
    """A comment that begins here; one to the line's end needs an end of line behind it."""
    line = LINE_COMMENT.match(text, place)
    if line is not None:
        if line.end() == len(text):
            _refuse(place, "the comment has no end: what follows the predicate would be part of it")
        return Token(kind="comment", text=line[0], start=place)
    if not text.startswith("/*", place):
        return None
    depth, end = 0, place
    for sign in COMMENT_SIGN.finditer(text, place):
        depth, end = depth + (1 if sign[0] == "/*" else -1), sign.end()
        if not depth:
            return Token(kind="comment", text=text[place:end], start=place)
    return _refuse(place, "the comment has no end")


def _token(text: str, place: int) -> Token:
    match = TOKEN.match(text, place)
    if match is None:
        _refuse(place, "Postgres has no token that begins like this")
    kind, found = match.lastgroup or "", match[0]
    if kind == "unicode_name":
        _refuse(place, 'a name is written with U&""', "Write the name in plain quotes.")
    if kind == "dollars":
        found = _dollar_quoted(text, place, found)
    elif kind == "operator":
        found = _before_comment(found)
    elif kind == "number" and JUNK.match(text, match.end()):
        _refuse(place, "a number is followed by a letter or a point", "Put a blank between them.")
    return Token(kind=KINDS.get(kind, "text"), text=found, start=place)


def _dollar_quoted(text: str, place: int, delimiter: str) -> str:
    end = text.find(delimiter, place + len(delimiter))
    if end < 0:
        _refuse(place, "the text in dollar quotes has no end")
    return text[place : end + len(delimiter)]


def _before_comment(characters: str) -> str:
    """An operator ends where a comment begins."""
    comment = OPENS_COMMENT.search(characters)
    return characters[: comment.start()] if comment else characters


def _refuse(place: int, reason: str, remedy: str = "") -> NoReturn:
    raise WhereError(
        f"the predicate cannot be read at its character {place + 1}: {reason}",
        remedy or "Write one boolean SQL expression over the table's columns.",
    )
