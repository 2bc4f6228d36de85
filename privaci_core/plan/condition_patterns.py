r"""Writes a regular expression of RE2 as one of Postgres that finds the same texts.

Postgres finds without captures and backreferences by an automaton, in time linear in the text. Its
own letters differ: `\b` is no word boundary, a dot takes a line's end, `\d` depends on the
collation. So each part is written in a form that both read alike, and what has none is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from privaci_core.plan.condition_terms import ConditionError
from privaci_core.policy import why_not_linear

# The greatest number that Postgres repeats by, and how large an expression may become: each repeat
# is written out when it is compiled.
MOST_REPEATS, MOST_PARTS = 255, 2000
FLAGS = re.compile(r"\(\?([a-zA-Z-]*)\)")
GROUP = re.compile(r"\((?:\?(?P<on>[is]*)(?:-(?P<off>[is]+))?:|\?P?<[A-Za-z_]\w*>)?")
# Postgres knows flags of a whole expression alone: those of a group are written out.
FLAGS_OF_GROUP = re.compile(r"\(\?(?:[is]+(?:-[is]+)?|-[is]+):")
QUANTIFIER = re.compile(r"(?P<times>[*+?]|\{(?P<least>\d+)(?:,(?P<most>\d*))?\})\??")
CODE = re.compile(r"x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})")
NAMED = re.compile(
    r"\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]"
)
OF_ONE_CASE = frozenset({"[:lower:]", "[:upper:]"})
# Groups inside one another; each takes a few frames of Python's stack.
MOST_LEVELS = 50
# Inside a bracket; the negated ones stand alone.
CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"\y", "B": r"\Y"}
# Two of them in a bracket would be an operation of sets to some engines.
DOUBLED = ("&&", "--", "~~")
REMEDY = "Write it as RE2 takes it, without look-around, backreferences and classes of Unicode."


def postgres_pattern(pattern: str) -> str:
    """The pattern as Postgres reads it; one that is no pattern of RE2 is refused."""
    problem = why_not_linear(pattern)
    if problem is not None:
        raise ConditionError(f"the pattern does not compile: {problem}", REMEDY)
    return _Pattern(pattern).whole()


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression, how large it becomes, and whether it can be repeated."""

    text: str
    parts: int = 1
    repeats: bool = True


class _Pattern:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.position, self.level = pattern, 0, 0
        self.folds = self.dot_takes_lines = False
        self.writes_cases = FLAGS_OF_GROUP.search(pattern) is not None

    def refuse(self, what: str) -> NoReturn:
        """Refuse a form that Postgres would read in another way."""
        where = f"at its character {self.position + 1}"
        raise ConditionError(f"the pattern has {what} {where}", REMEDY)

    def whole(self) -> str:
        """The whole expression."""
        flags = FLAGS.match(self.pattern)
        if flags is not None:
            if not set(flags[1]) <= {"i", "s"}:
                self.refuse("flags other than i and s")
            self.folds, self.dot_takes_lines = "i" in flags[1], "s" in flags[1]
            self.position = flags.end()
        found = self.alternatives()
        if self.position < len(self.pattern):
            self.refuse("a bracket without its pair")
        return f"***:(?{'i' if self.folds and not self.writes_cases else 'c'}){found.text}"

    def alternatives(self) -> _Part:
        """Branches between bars, up to a closing bracket or the end."""
        branches = [self.branch()]
        while self.next() == "|":
            self.position += 1
            branches.append(self.branch())
        parts = sum(branch.parts for branch in branches)
        if parts > MOST_PARTS:
            self.refuse(f"more than {MOST_PARTS} parts when it is written out,")
        return _Part("|".join(branch.text for branch in branches), parts)

    def branch(self) -> _Part:
        """Parts one after another."""
        text, parts = "", 1
        while self.next() not in {"", "|", ")"}:
            part = self.repeated(self.atom())
            text, parts = text + part.text, parts + part.parts
        # An empty branch finds the empty text.
        return _Part(text or "(?:)", parts)

    def next(self) -> str:
        """The next character, empty at the end."""
        return self.pattern[self.position : self.position + 1]

    def repeated(self, part: _Part) -> _Part:
        """A part and the quantifier behind it."""
        match = QUANTIFIER.match(self.pattern, self.position)
        if match is None:
            return part
        if not part.repeats:
            self.refuse("an anchor that is repeated")
        most = max(int(match["least"] or 1), int(match["most"] or 1))
        if most > MOST_REPEATS:
            self.refuse(f"a repeat of more than {MOST_REPEATS}")
        self.position = match.end()
        if QUANTIFIER.match(self.pattern, self.position):
            self.refuse("a repeat of a repeat")
        # A question mark behind it is left out: how much is taken does not change what is found.
        return _Part(part.text + match["times"], part.parts * most)

    def atom(self) -> _Part:
        """A character, a class, an anchor or a group."""
        letter = self.next()
        if letter == "(":
            return self.group()
        if letter == "[":
            return _Part(self.bracket())
        self.position += 1
        if letter == "\\":
            return self.escaped()
        if letter in "^$":
            return _Part(r"\A" if letter == "^" else r"\Z", repeats=False)
        if letter == ".":
            return _Part(".") if self.dot_takes_lines else _Part(r"[^\n]")
        return _Part(self.literal(letter))

    def group(self) -> _Part:
        """A group, which captures nothing here."""
        match = GROUP.match(self.pattern, self.position)
        if match is None or self.pattern[match.end() : match.end() + 1] == "?":
            self.refuse("flags or a look-around")
        self.position, self.level = match.end(), self.level + 1
        if self.level > MOST_LEVELS:
            self.refuse(f"more than {MOST_LEVELS} groups inside one another")
        around = self.folds, self.dot_takes_lines
        on, off = match["on"] or "", match["off"] or ""
        self.folds = ("i" in on or self.folds) and "i" not in off
        self.dot_takes_lines = ("s" in on or self.dot_takes_lines) and "s" not in off
        found = self.alternatives()
        self.folds, self.dot_takes_lines = around
        self.position, self.level = self.position + 1, self.level - 1
        return _Part(f"(?:{found.text})", found.parts)

    def escaped(self) -> _Part:
        """What a backslash makes of the letter behind it."""
        letter = self.next()
        if letter in ANCHORS:
            self.position += 1
            return _Part(ANCHORS[letter], repeats=False)
        if letter.lower() in CLASSES:
            self.position += 1
            return _Part(f"[{'^' if letter.isupper() else ''}{CLASSES[letter.lower()]}]")
        return _Part(self.literal(self.code()))

    def code(self) -> str:
        """The character that an escape stands for."""
        match, letter = CODE.match(self.pattern, self.position), self.next()
        if match is not None and (number := int(match[1] or match[2], 16)):
            self.position = match.end()
            return chr(number)
        if letter in CONTROLS or not letter.isalnum():
            self.position += 1
            return chr(CONTROLS[letter]) if letter in CONTROLS else letter
        return self.refuse(f"the escape \\{letter}")

    def bracket(self) -> str:
        """A class in square brackets."""
        self.position += 1
        negated = self.next() == "^"
        self.position += negated
        text, first = "", True
        while first or self.next() != "]":
            text += self.member()
            first = False
        self.position += 1
        return f"[{'^' if negated else ''}{text}]"

    def member(self) -> str:
        """One member of a class: a character, a range, or a class by its name."""
        named = NAMED.match(self.pattern, self.position)
        if named is not None:
            self.position = named.end()
            of_one_case = self.folds and self.writes_cases and named[0] in OF_ONE_CASE
            return "[:alpha:]" if of_one_case else named[0]
        if self.next() == "[" or self.pattern[self.position : self.position + 2] in DOUBLED:
            self.refuse("a class inside a class, or an operation of classes")
        if self.next() == "\\" and self.pattern[self.position + 1 : self.position + 2] in CLASSES:
            self.position += 2
            return CLASSES[self.pattern[self.position - 1]]
        low = self.character()
        if self.next() != "-" or self.pattern[self.position + 1 : self.position + 2] in {"]", ""}:
            return self.either_case(low)
        self.position += 1
        high = self.character()
        if self.folds and not high.isascii():
            self.refuse("a range of letters beyond ASCII whose case does not matter")
        return f"{quoted(low)}-{quoted(high)}{self.other_cases(low, high)}"

    def other_cases(self, low: str, high: str) -> str:
        """The letters of a range in their other case, where that is written out."""
        if not (self.folds and self.writes_cases):
            return ""
        letters = map(chr, range(ord(low), ord(high) + 1))
        return "".join(letter.swapcase() for letter in letters if letter.isalpha())

    def character(self) -> str:
        """One character of a class."""
        letter = self.next()
        self.position += 1
        return self.code() if letter == "\\" else letter

    def literal(self, letter: str) -> str:
        """A character by itself."""
        cases = self.either_case(letter)
        return f"[{cases}]" if len(cases) > len(quoted(letter)) else cases

    def either_case(self, letter: str) -> str:
        """A character; both cases of one that Postgres is not told of, or does not know."""
        if not self.folds or (letter.isascii() and not self.writes_cases):
            return quoted(letter)
        cases = sorted({letter, letter.lower(), letter.upper()})
        return "".join(case for case in cases if len(case) == 1)


def quoted(letter: str) -> str:
    """A character that Postgres takes as itself."""
    plain = letter.isalnum() or letter in " _" or not (letter.isascii() and letter.isprintable())
    return letter if plain else f"\\{letter}"
