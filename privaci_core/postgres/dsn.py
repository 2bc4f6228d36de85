"""Reads connection strings: their addresses without user and password."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from privaci_core.errors import PreflightError


def describe(dsn: str) -> str:
    """The address of a DSN, without user and password."""
    known = conninfo_to_dict(dsn)
    where = known.get("host") or known.get("service") or "local socket"
    return f"{where}:{known.get('port') or 5432}/{known.get('dbname') or ''}"


def is_local(dsn: str) -> bool:
    """Whether the server runs on this machine: a socket, or a loopback address."""
    known = conninfo_to_dict(dsn)
    host = str(known.get("hostaddr") or known.get("host") or "")
    return not host or host.startswith(("/", "@", "127.")) or host in {"localhost", "::1"}


def database_of(dsn: str) -> str:
    """The name of a connection string's database."""
    known = conninfo_to_dict(dsn)
    return str(known.get("dbname") or known.get("user") or "")


def address_of(dsn: str) -> str:
    """The address of a DSN, without user and password; refuses a malformed one."""
    try:
        return describe(dsn)
    except psycopg.Error:
        raise PreflightError(
            "Reading a connection string",
            "it is malformed",
            "Write postgresql://user@host:port/database.",
        ) from None
