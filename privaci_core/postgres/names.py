"""Spells names of tables, columns and objects in one line, which is read back as the same names."""

from __future__ import annotations

import re
import unicodedata

# What Postgres takes without quotes; after a dot, a keyword is no exception.
PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
# What a policy, a lock file and a proof spell without quotes: there, case is kept.
WORD = re.compile(r"[A-Za-z0-9_-]+")
QUOTED = r'(?:U&)?"(?:[^"]|"")+"'
ESCAPE = re.compile(r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4})|(\\))")
# The last part of a place: a column's.
LAST = re.compile(rf"\.(?:{QUOTED}|[^.\"]*)\Z")
# Controls, format characters such as those that turn the direction of writing, and line breaks.
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
LAST_OF_FOUR = 0xFFFF


def shown(*parts: str) -> str:
    """The name of an object as Postgres writes it."""
    return ".".join(part if PLAIN.fullmatch(part) else quoted(part) for part in parts)


def table_name(schema: str, table: str) -> str:
    """The name of a table, in a policy, a lock file, a ledger and a proof: no two tables share it.

    A part is in quotes, as in SQL, if it has more than letters, digits, _ and - of ASCII.
    """
    return f"{spelled(schema)}.{spelled(table)}"


def column_name(table: str, column: str) -> str:
    """The name of a column of a table that is named already."""
    return f"{table}.{spelled(column)}"


def table_of(column: str) -> str:
    """The name of the table whose column this is."""
    return LAST.sub("", column)


def spelled(part: str) -> str:
    """One part of a name, in quotes if it needs them."""
    return part if WORD.fullmatch(part) else quoted(part)


def quoted(part: str) -> str:
    """One part in double quotes; what cannot be seen is escaped, as U& lets SQL do."""
    doubled = part.replace('"', '""')
    if not any(map(_is_unseen, part)):
        return f'"{doubled}"'
    escaped = doubled.replace("\\", "\\\\")
    return 'U&"' + "".join(_escaped(each) if _is_unseen(each) else each for each in escaped) + '"'


def visible(part: str) -> str:
    """One part as it is, but for one with characters that cannot be seen."""
    return quoted(part) if any(map(_is_unseen, part)) else part


def unquoted(part: str) -> str:
    """The name that one part spells."""
    if part.startswith('U&"'):
        return ESCAPE.sub(_unescaped, part[3:-1].replace('""', '"'))
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in UNSEEN


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\+{code:06X}" if code > LAST_OF_FOUR else f"\\{code:04X}"


def _unescaped(match: re.Match[str]) -> str:
    return "\\" if match[3] else chr(int(match[1] or match[2], 16))
