"""Digests the definition of every object of a database, so that a proof can name one that differs.

The digests are keyed: a definition may hold a word of the source, and few words are guessed soon.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.postgres.session import Connection

LETTERS = 16


def object_digests(connection: Connection, key: bytes) -> dict[str, str]:
    """A short digest of each object's definition, by the object's kind and name."""
    with driver_errors("Reading the definitions of all objects"):
        rows = connection.execute(query("object_definitions")).fetchall()
    return {f"{kind} {name}": _digest(key, kind, name, text) for kind, name, text in rows}


def object_differences(
    proved: Mapping[str, str], connection: Connection, key: bytes
) -> dict[str, str]:
    """The objects that are not as they were proved, by kind and name, in words."""
    found = object_digests(connection, key)
    differences = {}
    for name in sorted(proved.keys() | found.keys()):
        if name not in found:
            differences[name] = "is not in the target"
        elif name not in proved:
            differences[name] = "was not there when the copy was proved"
        elif proved[name] != found[name]:
            differences[name] = "has another definition than the proved one"
    return differences


def _digest(key: bytes, *parts: str | None) -> str:
    text = "\0".join(part or "" for part in parts)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:LETTERS]
