"""Checks the pattern of a `regex_mask` with the engine that runs it, and translates it for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_PATTERN = 4096
# Python's flags and the linear engine's letters. Its patterns are Unicode by default; it has no
# safe counterpart of ASCII, so users write such classes out.
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
    r"""The pattern with its flags in front, and `\\z` for Python's `\\Z`."""
    letters = "".join(sorted({FLAGS[flag] for flag in flags if FLAGS[flag]}))
    spelled = re.sub(
        r"\\(.)", lambda match: r"\z" if match[1] == "Z" else match[0], pattern, flags=re.DOTALL
    )
    return f"(?{letters}){spelled}" if letters else spelled


def linear_replacement(replace: str) -> str:
    r"""Python's `\\1` and `\\g<name>` as the linear engine's `${1}` and `${name}`; `$$` for `$`."""

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
    """Why the linear engine rejects the pattern; None where it accepts it."""
    # Most policies have no pattern, and the library takes a while to import.
    import polars as pl  # noqa: PLC0415

    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        reason = re.search(r"^error: (.+)$", str(error), re.MULTILINE)
        return reason[1] if reason else "it is too large or malformed"
    return None


def groups_in(pattern: str) -> set[str]:
    """The numbers and names of a pattern's groups; `0` is the whole match."""
    import polars as pl  # noqa: PLC0415 - as above

    # The line break ends a comment of a VERBOSE pattern, which would swallow the bracket.
    fields = pl.Series([""]).str.extract_groups(f"({pattern}\n)").struct.fields
    numbers = {str(number) for number in range(len(fields))}
    return numbers | {name for name in fields if not name.isdigit()}
