"""Digests the lines of the audit trail: in the line of each publication, and in its proof.

The owner of the table can compute the digest in the trail anew, but not that in a signed proof.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.audit_trail import add_to_trail, has_order, lines_of, unguarded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.target.audit_trail import Entry

LOG = "_privaci.audit_log"
# What the line of a publication says, and the last line that says so.
SEAL = "{entries} lines before this one, sha256 {sha256}"
SEALED = re.compile(r"(\d+) lines before this one, sha256 ([0-9a-f]{64})")
LOCK = "LOCK TABLE _privaci.audit_log IN SHARE ROW EXCLUSIVE MODE"
LAST_SEAL = """
SELECT said FROM _privaci.audit_log
WHERE event = 'published' AND said LIKE '%lines before this one%' ORDER BY place DESC LIMIT 1
"""


def add_sealed(target: Connection, entries: Sequence[Entry]) -> None:
    """Add the lines of a publication; the last one holds the digest of all lines before it."""
    *before, last = entries
    with target.transaction():
        add_to_trail(target, before)
        digest = settled_digest(target) or {}
        add_to_trail(target, [replace(last, said=SEAL.format(**digest))])


def settled_digest(target: Connection) -> dict[str, Any] | None:
    """How many lines a trail has and their digest, when no other session is adding one."""
    with target.transaction(), driver_errors("Reading the audit trail"):
        if has_order(target) is None:
            return None
        # A line that was numbered before the last one may be committed after it.
        target.execute(LOCK)
        return trail_digest(target)


def unsealed(target: Connection) -> dict[str, str]:
    """What was done to the lines before the last publication, by place, in words."""
    if not has_order(target):
        return {}
    row = target.execute(LAST_SEAL).fetchone()
    seal = SEALED.fullmatch(row[0]) if row else None
    if seal is None:
        return {}
    return _against(target, {"entries": int(seal[1]), "sha256": seal[2]})


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
    return _against(target, proved) | differences


def _against(target: Connection, proved: Mapping[str, Any]) -> dict[str, str]:
    """How the first lines of a trail differ from those that were proved."""
    found = trail_digest(target, proved["entries"])
    if found is None:
        return {LOG: "the audit trail is not in the target"}
    missing = proved["entries"] - found["entries"]
    if missing:
        return {LOG: f"{missing} of {proved['entries']} proved lines are not in it"}
    if found != proved:
        return {LOG: "proved lines were changed, or their order was"}
    return {}
