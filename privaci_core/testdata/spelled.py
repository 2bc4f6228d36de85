"""Writes names, and what the server itself wrote, into statements that have parameters."""

from __future__ import annotations

from psycopg import sql


def identifier(*names: str) -> sql.Identifier:
    """A name; the driver reads a per cent sign as a parameter's, so it is doubled."""
    return sql.Identifier(*(name.replace("%", "%%") for name in names))


def raw(text: str) -> sql.SQL:
    """An expression or a type as the server wrote it."""
    return sql.SQL(text.replace("%", "%%"))
