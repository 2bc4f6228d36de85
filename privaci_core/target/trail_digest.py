"""Digests the lines of the audit trail, so that a proof holds all that was written up to it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.audit_trail import has_order, lines_of, unguarded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.postgres.session import Connection

LOG = "_privaci.audit_log"


def trail_digest(target: Connection, entries: int | None = None) -> dict[str, Any] | None:
    """How many lines a trail has and their digest, of all or of the first; None without a trail."""
    with driver_errors("Reading the audit trail"):
        if has_order(target) is None:
            return None
        count, digest = 0, hashlib.sha256()
        for block in lines_of(target, entries):
            # A line break inside a line is escaped.
            count += block.count(b"\n")
            digest.update(block)
    return {"entries": count, "sha256": digest.hexdigest()}


def trail_differences(target: Connection, content: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a target's trail, by place, in words: a proof's content says what it held.

    Lines that were added later are fine.
    """
    proved = content.get("trail")
    differences = unguarded(target)
    if proved is None:
        return differences
    found = trail_digest(target, proved["entries"])
    if found is None:
        return {LOG: "the audit trail is not in the target"}
    missing = proved["entries"] - found["entries"]
    if missing:
        differences[LOG] = f"{missing} of {proved['entries']} proved lines are not in it"
    elif found != proved:
        differences[LOG] = "proved lines were changed, or their order was"
    return differences
