"""Says why a connection could not be opened, and what to do about it, without the driver's text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 15
# What servers and PgBouncer answer that have no connection left, for all, for a role or a database.
NO_CONNECTION = (
    "too many",
    "connection slots are reserved",
    "no more connections allowed",
    "query_wait_timeout",
)
NO_CONNECTION_LEFT = "the server, or a limit of the role or the database, has no connection left"

NOT_LET_IN = "the server's pg_hba.conf lets no such connection in"
ADD_A_LINE = "Add a line for this user, database and address to it, and reload the server."
QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A kind of failure: the driver's words for it, ours, and what to do."""

    words: tuple[str, ...]
    cause: str
    remedy: str


# The first whose words occur: a message of TLS may also say that a file does not exist, and that
# of a host without a name that it could not connect. A client certificate of another user fails as
# an authentication would.
FAILURES = (
    Failure(
        words=("certificate authentication failed", '"" authentication failed'),
        cause="the client certificate is made out to another user",
        remedy=(
            "Name the certificate whose CN is the user by sslcert and sslkey in the URL, or map its"
            " CN to the user in the server's pg_ident.conf."
        ),
    ),
    Failure(
        words=("valid client certificate", "alert certificate required"),
        cause="the server asks for a client certificate, and none was sent",
        remedy=(
            "Name it by sslcert and its key by sslkey in the URL; a file that does not exist is"
            " left out without a word."
        ),
    ),
    Failure(
        words=("alert certificate expired",),
        cause="the client certificate has expired",
        remedy="Have it renewed, and name the new one by sslcert and sslkey in the URL.",
    ),
    Failure(
        words=("alert unknown ca", "alert bad certificate", "alert certificate unknown"),
        cause="the server does not trust the client certificate",
        remedy=(
            "Name by sslcert and sslkey in the URL a certificate whose authority is in the server's"
            " ssl_ca_file."
        ),
    ),
    Failure(
        words=("private key",),
        cause="the key of the client certificate cannot be used",
        remedy=(
            "Name by sslkey in the URL the key of the certificate that sslcert names, and let its"
            " owner alone read it: chmod 600."
        ),
    ),
    Failure(
        words=("could not read certificate file", "could not load client certificate"),
        cause="the file of the client certificate holds none",
        remedy="Name by sslcert in the URL a certificate in PEM form.",
    ),
    Failure(
        words=("does not match host name",),
        cause="the server's certificate is made out to another host",
        remedy=(
            "Write the host in the URL as the certificate spells it, or have it renewed with this"
            " name; sslmode=verify-ca checks its authority and not its name."
        ),
    ),
    Failure(
        words=("root certificate file",),
        cause="the file of the authority's certificate does not exist, or holds none",
        remedy=("Name it by sslrootcert in the URL: the server's owner or its cloud hands it out."),
    ),
    Failure(
        words=("certificate verify failed",),
        cause=(
            "the server's certificate was signed by no authority that this machine trusts, or it"
            " has expired"
        ),
        remedy=(
            "`openssl s_client -starttls postgres -connect HOST:PORT` shows which. Name its"
            " authority's certificate by sslrootcert in the URL, or have it renewed."
        ),
    ),
    Failure(
        words=("unsupported protocol", "alert protocol version", "no protocols available"),
        cause="client and server have no version of TLS in common",
        remedy=(
            "Compare ssl_min_protocol_version and ssl_max_protocol_version of the URL with those of"
            " the server."
        ),
    ),
    Failure(
        words=("failed to resolve host", "could not translate host name"),
        cause="the host is unknown: no address has that name",
        remedy="Correct the host in the URL, or look whether this machine reaches its DNS server.",
    ),
    Failure(
        words=("password authentication failed", "authentication failed", "auth failed"),
        cause="the server refused the user's name or password",
        remedy=(
            "Correct user and password in the URL, or set the password again: ALTER ROLE ..."
            " PASSWORD. Percent-encode its signs: @ is %40, / is %2F."
        ),
    ),
    Failure(
        words=("no password supplied",),
        cause="the server asks for a password, and the URL holds none",
        remedy="Write it into the URL (user:password@host), or into a file that PGPASSFILE names.",
    ),
    Failure(
        words=('role "" does not exist',),
        cause="the user does not exist in this server",
        remedy="Correct the user in the URL, or create it as docs/how-to/roles.md says.",
    ),
    Failure(
        words=('database "" does not exist', "no such database"),
        cause="the database does not exist",
        remedy="Correct its name, the part after the last / of the URL, or create it: createdb.",
    ),
    Failure(
        words=("does not support ssl",),
        cause="the URL asks for TLS, and the server offers none",
        remedy=(
            "Switch TLS on in the server (ssl = on), or write sslmode=prefer in the URL, which then"
            " encrypts nothing."
        ),
    ),
    Failure(
        words=("ssl encryption", "ssl on"),
        cause=NOT_LET_IN,
        remedy=ADD_A_LINE,
    ),
    Failure(
        words=("no encryption", "ssl off"),
        cause="the server's pg_hba.conf lets no unencrypted connection in for this user",
        remedy="Write sslmode=require in the URL, or add a line to the server's pg_hba.conf.",
    ),
    Failure(
        words=("no pg_hba.conf entry", "pg_hba.conf rejects"),
        cause=NOT_LET_IN,
        remedy=ADD_A_LINE,
    ),
    Failure(
        words=("certificate",),
        cause="TLS failed: a certificate is missing, or is not the one that is expected",
        remedy=(
            "Name the authority's certificate by sslrootcert in the URL, and the host as the"
            " server's certificate spells it; sslmode=require encrypts without checking it."
        ),
    ),
    Failure(
        words=("ssl", "tls"),
        cause="TLS failed: client and server did not agree",
        remedy="Check sslmode and the other ssl parameters in the URL, and the server's log.",
    ),
    Failure(
        words=("could not write init file",),
        cause="the server's disk is full, or its folder cannot be written",
        remedy="Make room on the server's disk, then run again.",
    ),
    Failure(
        words=("permission denied for database",),
        cause="the user may not connect to this database",
        remedy="Let the database's owner GRANT CONNECT ON DATABASE ... TO it.",
    ),
    Failure(
        words=("timeout", "timed out"),
        cause=f"the server did not answer in time (at most {CONNECT_SECONDS} s)",
        remedy=(
            "Check host and port in the URL, and whether a firewall or a VPN stands between: one"
            " that drops packets looks like this."
        ),
    ),
    Failure(
        words=("no route to host", "network is unreachable"),
        cause="the network has no way to the host",
        remedy="Check the host in the URL, and this machine's network or VPN.",
    ),
    Failure(
        words=("connection refused",),
        cause="the connection was refused: nothing listens at that host and port",
        remedy="Start the server, or correct host and port in the URL.",
    ),
    Failure(
        words=("no such file or directory",),
        cause="no server listens at that socket of this machine",
        remedy="Start the server, or name its host in the URL: postgresql://user@host/database.",
    ),
    Failure(
        words=("starting up", "shutting down"),
        cause="the server is starting or stopping",
        remedy="Run again when it answers.",
    ),
    Failure(
        words=("expected authentication request", "invalid response", "unsupported frontend"),
        cause="what answers at that port is no PostgreSQL server",
        remedy="Correct host and port in the URL; PostgreSQL's own port is 5432.",
    ),
    Failure(
        words=("closed the connection", "connection reset"),
        cause="the server closed the connection before it was open",
        remedy="Look into the server's log, and at proxies that stand before it; then run again.",
    ),
)
UNKNOWN = Failure(words=(), cause="", remedy="Check host, port, user, password and pg_hba.conf.")


def failure_of(error: psycopg.Error) -> tuple[str, str]:
    """The cause and the remedy of a failed connection; the driver's text may quote a password."""
    # Names of users, databases and hosts may hold any of these words.
    text = QUOTED.sub('""', str(error).lower())
    if any(words in text for words in NO_CONNECTION):
        return NO_CONNECTION_LEFT, UNKNOWN.remedy
    found = next((each for each in FAILURES if any(words in text for words in each.words)), UNKNOWN)
    return found.cause or type(error).__name__, found.remedy


def has_no_connection_left(error: psycopg.Error) -> bool:
    """Whether the server refuses because others have taken all connections."""
    return failure_of(error)[0] == NO_CONNECTION_LEFT
