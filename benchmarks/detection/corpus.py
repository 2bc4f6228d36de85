"""Reads the judged columns of the corpus: applications, their tables, what each column holds.

A line of a file is a table: `clients: id b, first_name =first, plan :things, county ~places`.
A column is its name, its type if that is not text, and what it holds: `=` somebody's data, `~`
data that may be copied or masked, `:` nobody's. The word behind is what its values are made of.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Verdict = Literal["personal", "either", "nobody"]
Spelling = Literal["snake", "camel", "joined"]
SPELLINGS: tuple[Spelling, ...] = ("snake", "camel", "joined")
FOLDER = Path(__file__).with_name("corpus")
TYPES = {
    "b": "int8",
    "i": "int4",
    "n": "numeric",
    "d": "date",
    "ts": "timestamptz",
    "bo": "bool",
    "f": "float8",
    "inet": "inet",
    "by": "bytea",
}
VERDICTS: dict[str, Verdict] = {"=": "personal", "~": "either", ":": "nobody"}
COLUMN = re.compile(r"(?P<name>\w+)(?: (?P<type>[a-z]+))?(?: (?P<mark>[=~:])(?P<values>\w+))?")
# Every so many applications of a language is held back: never tuned on.
HELD_BACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A column, whose it is, and what its values are made of."""

    name: str
    type: str
    verdict: Verdict
    values: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The tables of one application, and the language of its people."""

    name: str
    language: str
    tables: dict[str, tuple[Judged, ...]]


@cache
def applications() -> tuple[Application, ...]:
    """All applications of the corpus."""
    return tuple(
        application for path in sorted(FOLDER.glob("*.txt")) for application in _read(path)
    )


def held_back(some: Iterable[Application] | None = None) -> frozenset[str]:
    """The names of a third of each language's applications, by the hash of their names."""
    of_language = defaultdict(list)
    for application in some or applications():
        of_language[application.language].append(application.name)
    return frozenset(
        name
        for names in of_language.values()
        for name in sorted(names, key=_hash)[: round(len(names) / HELD_BACK)]
    )


def spelled(name: str, spelling: Spelling) -> str:
    """A name as a database of one habit writes it."""
    first, *rest = name.split("_")
    match spelling:
        case "snake":
            return name
        case "camel":
            return first + "".join(map(str.capitalize, rest))
        case "joined":
            return name.replace("_", "").lower()


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _read(path: Path) -> Iterator[Application]:
    text = "\n" + path.read_text(encoding="utf-8")
    for block in text.split("\napp ")[1:]:
        head, *lines = block.strip().splitlines()
        name, language = head.split()
        tables = dict(_table(line) for line in lines)
        yield Application(name=name, language=language, tables=tables)


def _table(line: str) -> tuple[str, tuple[Judged, ...]]:
    name, _, columns = line.partition(": ")
    return name, tuple(_column(column) for column in columns.split(", "))


def _column(text: str) -> Judged:
    match = COLUMN.fullmatch(text)
    if match is None:
        message = f"not a judged column: {text}"
        raise ValueError(message)
    return Judged(
        name=match["name"],
        type=TYPES[match["type"]] if match["type"] else "text",
        verdict=VERDICTS[match["mark"]] if match["mark"] else "nobody",
        values=match["values"] or "",
    )
