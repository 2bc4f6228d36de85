"""Reads the paths of a `json` action: `$.a.b[*].c`, `$['odd key'][0].*`."""

from __future__ import annotations

import re
from typing import Final

# A step is a member's name, an element's index, or EVERY member or element.
EVERY: Final = None
JsonPath = tuple[str | int | None, ...]

STEP = re.compile(
    r"\.(?P<name>[^\s.\[\]'\"*$]+)|(?P<every>\.\*|\[\*\])|\[(?P<index>[0-9]{1,9})\]"
    r"|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
)


def parse_json_path(text: str) -> JsonPath | None:
    """The steps of a path; None where it is malformed."""
    if not text.startswith("$"):
        return None
    steps: list[str | int | None] = []
    end = 1
    while end < len(text):
        match = STEP.match(text, end)
        if match is None:
            return None
        steps.append(_step(match))
        end = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> str | int | None:
    if match["every"]:
        return EVERY
    if match["index"]:
        return int(match["index"])
    if match["name"]:
        return match["name"]
    quoted = match["single"] if match["single"] is not None else match["double"]
    return re.sub(r"\\(.)", r"\1", quoted)
