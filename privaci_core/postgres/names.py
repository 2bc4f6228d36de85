"""Shows names of objects as Postgres writes them: in double quotes where a name needs them."""

from __future__ import annotations

import re
import unicodedata

# What Postgres takes without quotes; after a dot, a keyword is no exception.
PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
# Controls, format characters such as those that turn the direction of writing, and line breaks.
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
LAST_OF_FOUR = 0xFFFF


def shown(*parts: str) -> str:
    """A name of one part or more, as one line of text that Postgres reads as that name."""
    return ".".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    if PLAIN.fullmatch(part):
        return part
    doubled = part.replace('"', '""')
    if not any(map(_is_unseen, part)):
        return f'"{doubled}"'
    escaped = doubled.replace("\\", "\\\\")
    return 'U&"' + "".join(_escaped(each) if _is_unseen(each) else each for each in escaped) + '"'


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in UNSEEN


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\+{code:06X}" if code > LAST_OF_FOUR else f"\\{code:04X}"
