"""Reads connection strings with libpq's own parser: their addresses without user and password."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from privaci_core.errors import PreflightError

# libpq takes the first @ before any slash as the end of the password. A password with a bare @
# or / is therefore cut, and the rest of it is read as host, port or database.
URL = re.compile(r"postgres(?:ql)?://(?:[^@/]*@)?(?P<address>.*)", re.DOTALL)
PORTS = re.compile(r"[0-9,]*")
WRITE = (
    "Write postgresql://user@host:port/database. In user, password and database, percent-encode"
    " every character that is neither a letter nor a digit: @ is %40, / is %2F, : is %3A."
)


def describe(dsn: str) -> str:
    """The address of a DSN: host, port and database alone; refuses one that could show more."""
    known = _parsed(dsn)
    where = known.get("host") or known.get("hostaddr") or known.get("service") or "local socket"
    return f"{where}:{known.get('port') or 5432}/{known.get('dbname') or ''}"


def is_local(dsn: str) -> bool:
    """Whether the server runs on this machine: a socket, or a loopback address."""
    known = _parsed(dsn)
    host = known.get("hostaddr") or known.get("host") or ""
    return not host or host.startswith(("/", "@", "127.")) or host in {"localhost", "::1"}


def database_of(dsn: str) -> str:
    """The name of a connection string's database."""
    known = _parsed(dsn)
    return known.get("dbname") or known.get("user") or ""


def _parsed(dsn: str) -> dict[str, str]:
    """The parts of a DSN; refuses one that is malformed, or whose password is not encoded."""
    try:
        known = {word: str(value) for word, value in conninfo_to_dict(dsn).items()}
    except (psycopg.Error, ValueError):
        known = {}
        malformed = True
    else:
        url = URL.fullmatch(dsn.strip())
        cut = url is not None and "@" in url["address"]
        malformed = cut or PORTS.fullmatch(known.get("port", "")) is None
    if malformed:
        # Raised outside the handler: the driver's error quotes the string.
        raise PreflightError("Reading a connection string", "it is malformed", WRITE)
    return known
