"""Writes names and sentences into Markdown so that they are read as they are."""

from __future__ import annotations

import re

# What Markdown could take for emphasis, code, a link, a picture, a tag, an entity or a cell's end.
# A _ inside a word means nothing, nor does a * by itself.
SPECIAL = re.compile(r"[\\`\[\]|~]|(?<=\S)\*|\*(?=\S)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# No name in quotes is such a word.
WORDS_AS_CODE = re.compile(r'((?<![`"\w])`[a-z][a-z_:. -]*`(?![`"\w]))')
TICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """A text that shows as it is, in one line."""
    safe = "".join(ENTITIES.get(letter, letter) for letter in " ".join(text.splitlines()))
    return SPECIAL.sub(lambda found: f"\\{found[0]}", safe)


def code(text: str) -> str:
    """A text as code; more ticks than the text has in a row enclose it."""
    one_line = " ".join(text.splitlines())
    ticks = "`" * (1 + max(map(len, TICKS.findall(one_line)), default=0))
    pad = " " if one_line.startswith("`") or one_line.endswith("`") else ""
    return f"{ticks}{pad}{one_line}{pad}{ticks}"


def sentence(text: str) -> str:
    """A sentence of ours: the words that it sets as code stay code, all else shows as it is."""
    parts = WORDS_AS_CODE.split(text)
    return "".join(part if number % 2 else plain(part) for number, part in enumerate(parts))
