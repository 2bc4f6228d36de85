"""Says which part of a connection string is malformed, without showing that part."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

# libpq takes the first @ before any slash as the end of the password. A password with a bare @
# or / is therefore cut, and the rest of it is read as host, port or database.
URL = re.compile(r"postgres(?:ql)?://(?:[^@/]*@)?(?P<address>.*)", re.DOTALL)
SCHEME = re.compile(r"\s*([A-Za-z0-9+._:-]+)://")
PORTS = re.compile(r"[0-9,]*")
LAST_PORT = 65535
# Only a scheme that is listed here is shown: what stands before :// could be a secret too.
OTHERS = {
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mssql": "SQL Server",
    "sqlserver": "SQL Server",
    "oracle": "Oracle",
    "sqlite": "SQLite",
    "mongodb": "MongoDB",
    "mongodb+srv": "MongoDB",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "redis": "Redis",
}
# What libpq's parser says, and which part that is.
PARSED = (
    ("percent-encoded", "a % in it begins no percent-encoded character (a bare % is %25)"),
    ("query parameter", "a parameter after its ? is unknown to PostgreSQL, or is not name=value"),
    ("ipv6", "its host is an IPv6 address whose brackets are wrong: [::1]"),
    ("connection option", "it names a parameter that PostgreSQL does not know"),
)
NEITHER = "it begins neither with postgresql:// nor with name=value"


def fault_of(dsn: str) -> str:
    """Which part of a connection string is malformed; empty if none is."""
    other = other_database(dsn)
    if other:
        return other
    url = URL.fullmatch(dsn.strip())
    if url is not None and "@" in url["address"]:
        return "its user or password holds a bare @ or /"
    try:
        known = {word: str(value) for word, value in conninfo_to_dict(dsn).items()}
    except (psycopg.Error, ValueError) as error:
        return _part(str(error).lower(), dsn)
    ports = known.get("port", "")
    if PORTS.fullmatch(ports) is None:
        return "its port is not a number, or its password holds a bare / or :"
    if any(int(port) > LAST_PORT for port in ports.split(",") if port):
        return f"its port is above {LAST_PORT}"
    return ""


def other_database(text: str) -> str:
    """What is wrong with the URL of another database; empty for anything else."""
    scheme = SCHEME.match(text)
    words = scheme[1].lower() if scheme else ""
    if words.startswith("jdbc:"):
        return "it is a URL of JDBC: leave out jdbc:, and write user and password before the host"
    base, _, driver = words.partition("+")
    if base in {"postgresql", "postgres"} and driver:
        return "it names a driver of SQLAlchemy: leave out the + and what follows it, up to ://"
    name = OTHERS.get(words) or OTHERS.get(base)
    return f"it is the URL of a {name} database, and PrivaCI masks PostgreSQL" if name else ""


def _part(said: str, dsn: str) -> str:
    found = (part for words, part in PARSED if words in said)
    looks_right = URL.fullmatch(dsn.strip()) is not None or "=" in dsn
    return next(found, "one of its parts cannot be read" if looks_right else NEITHER)
