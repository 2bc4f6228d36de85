"""Says what is wrong with a text that is not YAML, at the line where a person has to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.policy.findings import Finding

if TYPE_CHECKING:
    import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the parser was at or met, in its words and in ours."""

    words: str
    reason: str
    remedy: str


# What has no end: the parser notices at a later line, and the person has to look at the first.
UNENDED = (
    Fault(
        words="while parsing a flow mapping",
        reason="the { of this line is not closed, or lacks a comma",
        remedy="Close it by }, with commas between its parts.",
    ),
    Fault(
        words="while parsing a flow sequence",
        reason="the [ of this line is not closed, or lacks a comma",
        remedy="Close it by ], with commas between its parts.",
    ),
    Fault(
        words="while scanning a quoted scalar",
        reason="the quote of this line is not closed",
        remedy="Close it by the same sign.",
    ),
    Fault(
        words="while scanning a simple key",
        reason="this line is no key with a value",
        remedy="Write a colon and a space between them.",
    ),
)
MET = (
    Fault(
        words="cannot start any token",
        reason="a tab, or a sign that begins no value",
        remedy="Indent by spaces; put text that begins with @, ` or % in quotes.",
    ),
    Fault(
        words="did not find expected key",
        reason="its indentation is that of no line above",
        remedy="Indent it as its neighbours.",
    ),
    Fault(
        words="did not find expected '-' indicator",
        reason="its indentation is that of no line above",
        remedy="Indent it as its neighbours.",
    ),
    Fault(
        words="mapping values are not allowed",
        reason="mapping values are not allowed in this context",
        remedy=(
            "Look whether the line above lacks its colon, or this one is indented too far; put text"
            " with a colon in quotes."
        ),
    ),
)


def fault_in(error: yaml.MarkedYAMLError) -> Finding:
    """The finding of a parser's error, whose own text ends with a quote of the file."""
    for fault in UNENDED:
        if (error.context or "") == fault.words and error.context_mark is not None:
            return _finding(fault.reason, fault.remedy, error.context_mark)
    mark = error.problem_mark or error.context_mark
    for fault in MET:
        if fault.words in (error.problem or ""):
            return _finding(fault.reason, fault.remedy, mark)
    # What follows the first quote may be a secret.
    reason = (error.problem or "it cannot be parsed").split("'")[0].strip()
    return _finding(reason, "Correct this line.", mark)


def _finding(reason: str, remedy: str, mark: yaml.Mark | None) -> Finding:
    line = mark.line + 1 if mark else None
    return Finding(path="", line=line, reason=f"not valid YAML: {reason}", remedy=remedy)
