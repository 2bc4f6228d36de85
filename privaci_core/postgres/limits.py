"""Takes the time limits of roles and databases off a session before its first statement."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict, make_conninfo

# The limits that end a statement or a session, and the version of the server that has them first.
LIMITS = {
    "statement_timeout": 0,
    "lock_timeout": 0,
    "idle_in_transaction_session_timeout": 0,
    "idle_session_timeout": 140000,
    "transaction_timeout": 170000,
}
# What a pooler answers that takes no options; servers have other words.
NO_OPTIONS = "unsupported startup parameter"


def without_limits(dsn: str, server_version: int = 0) -> str:
    """The DSN with options that lift the limits; unknown ones would be refused.

    Options of a connection outrank those of its role and of its database.
    """
    lifted = [f"-c {name}=0" for name, since in LIMITS.items() if since <= server_version]
    own = str(conninfo_to_dict(dsn).get("options") or "")
    return make_conninfo(dsn, options=" ".join([own, *lifted]).strip())
