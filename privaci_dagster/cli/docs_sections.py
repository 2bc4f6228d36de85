"""Cuts pages of the documentation at their headings, and finds sections by their words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEADING = re.compile(r"(#+) (.*)")
FENCE = "```"
NOT_IN_ANCHORS = re.compile(r"[^a-z0-9 _-]")
# A heading says what its section is about; a word in a text may be there by the way.
OF_HEADING = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading of a page, and the lines below it up to the next heading."""

    page: str
    heading: str
    depth: int
    lines: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """What a link to the heading ends with."""
        return NOT_IN_ANCHORS.sub("", self.heading.strip().lower()).replace(" ", "-")

    @property
    def name(self) -> str:
        """What `privaci docs` takes to print the section."""
        return f"{self.page}#{self.anchor}"

    def score(self, words: Iterable[str]) -> int:
        """How much the section is about these words; 0 if it lacks one."""
        heading, text = self.heading.lower(), "".join(self.lines[1:]).lower()
        counts = [OF_HEADING * heading.count(word) + text.count(word) for word in words]
        return sum(counts) if all(counts) else 0

    def line_with(self, words: Sequence[str]) -> str:
        """The line below the heading that has most of these words."""
        lines = [line.strip() for line in self.lines[1:]]
        return max(lines, key=lambda line: sum(word in line.lower() for word in words), default="")


def sections_of(page: str, text: str) -> list[Section]:
    """The sections of a page, in its order."""
    return [
        Section(page=page, heading=heading[2], depth=len(heading[1]), lines=tuple(lines))
        for heading, lines in _cut(text)
    ]


def section_text(sections: Sequence[Section], anchor: str) -> str:
    """A section with those below it; empty if no heading has this anchor."""
    places = (place for place, one in enumerate(sections) if one.anchor == anchor)
    first = next(places, None)
    if first is None:
        return ""
    depth, text = sections[first].depth, list(sections[first].lines)
    for section in sections[first + 1 :]:
        if section.depth <= depth:
            break
        text += section.lines
    return "".join(text)


def found_in(sections: Iterable[Section], searched: str) -> list[Section]:
    """The sections that have all words, those that are most about them first."""
    words = searched.lower().split()
    scored = [(section.score(words), section) for section in sections]
    ranked = sorted(scored, key=lambda found: -found[0])
    return [section for score, section in ranked if score]


def _cut(text: str) -> Iterator[tuple[re.Match[str], list[str]]]:
    """Each heading with its lines; a comment in a block of code is no heading."""
    heading, lines, in_block = None, list[str](), False
    for line in text.splitlines(keepends=True):
        in_block ^= line.startswith(FENCE)
        begun = None if in_block else HEADING.match(line)
        if begun is not None:
            if heading is not None:
                yield heading, lines
            heading, lines = begun, []
        lines.append(line)
    if heading is not None:
        yield heading, lines
