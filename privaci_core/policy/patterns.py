"""Checks a `regex_mask` pattern with the linear-time engine that will run it, and puts it into that engine's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_PATTERN = 4096
# Python's flag names, short and long, and the letter by which the linear engine knows them. Its patterns are Unicode
# by default; ASCII has no counterpart that is safe on text, so the classes are spelled out by the user instead.
FLAGS = {
    "IGNORECASE": "i",
    "I": "i",
    "MULTILINE": "m",
    "M": "m",
    "DOTALL": "s",
    "S": "s",
    "VERBOSE": "x",
    "X": "x",
    "UNICODE": "",
    "U": "",
}
GROUP_REFERENCE = re.compile(
    r"\\(?:(?P<number>[1-9][0-9]?)|g<(?P<name>\w+)>|(?P<escaped>.))|(?P<dollar>\$)", re.DOTALL
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def linear_pattern(pattern: str, flags: Iterable[str] = ()) -> str:
    r"""The pattern with its flags in front; Python's `\\Z` is spelled as the linear engine does."""
    letters = "".join(sorted({FLAGS[flag] for flag in flags if FLAGS[flag]}))
    spelled = re.sub(
        r"\\(.)", lambda match: r"\z" if match[1] == "Z" else match[0], pattern, flags=re.DOTALL
    )
    return f"(?{letters}){spelled}" if letters else spelled


def linear_replacement(replace: str) -> str:
    r"""Python's replacement syntax (`\\1`, `\\g<name>`) in the linear engine's words (`${1}`, `${name}`, `$$`)."""

    def spelled(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$$"
        if match["escaped"]:
            return ESCAPES.get(match["escaped"], match[0]).replace("$", "$$")
        return "${" + (match["number"] or match["name"]) + "}"

    return GROUP_REFERENCE.sub(spelled, replace)


def groups_of(replace: str) -> set[str]:
    """The numbers and names of the groups that a replacement refers to."""
    found = (match["number"] or match["name"] for match in GROUP_REFERENCE.finditer(replace))
    return {group for group in found if group}


def why_not_linear(pattern: str) -> str | None:
    """Why the linear engine does not take the pattern; None where it does."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        told = re.search(r"^error: (.+)$", str(error), re.MULTILINE)
        return told[1] if told else "it is too large or malformed"
    return None


def groups_in(pattern: str) -> set[str]:
    """The groups that a pattern offers to its replacement, by number and by name, `0` for the whole match."""
    # The line break ends a comment of a VERBOSE pattern, which would swallow the bracket.
    fields = pl.Series([""]).str.extract_groups(f"({pattern}\n)").struct.fields
    numbers = {str(number) for number in range(len(fields))}
    return numbers | {name for name in fields if not name.isdigit()}
