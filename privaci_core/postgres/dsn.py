"""Reads connection strings with libpq's own parser: their addresses without user and password."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

from privaci_core.errors import PreflightError
from privaci_core.postgres.malformed_urls import fault_of, other_database

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


def refuse_malformed(dsn: str, named: str = "a connection string") -> None:
    """Refuse a DSN that is malformed, or whose password is not encoded; say which part it is."""
    fault = fault_of(dsn)
    if fault:
        raise PreflightError(f"Reading {named}", f"it is malformed: {fault}", WRITE)


def refuse_other_database(text: str, named: str) -> None:
    """Refuse the URL of another database's server."""
    fault = other_database(text)
    if fault:
        raise PreflightError(f"Reading {named}", fault, WRITE)


def _parsed(dsn: str) -> dict[str, str]:
    """The parts of a DSN that is not malformed."""
    refuse_malformed(dsn)
    return {word: str(value) for word, value in conninfo_to_dict(dsn).items()}
