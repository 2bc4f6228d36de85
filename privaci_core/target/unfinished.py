"""Marks a target as unfinished: which refresh writes to it, and what that refresh has done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# This table is in a target from a refresh's start until its publication.
TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
DROP TABLE IF EXISTS _privaci.unfinished;
CREATE TABLE _privaci.unfinished (
    since timestamptz NOT NULL DEFAULT pg_catalog.now(),
    refresh text NOT NULL,
    fingerprint text NOT NULL,
    run text NOT NULL,
    ledger_key bytea NOT NULL,
    sealed_start text NOT NULL DEFAULT '',
    has_objects boolean NOT NULL DEFAULT false,
    is_finishing boolean NOT NULL DEFAULT false);
COMMENT ON TABLE _privaci.unfinished IS
    'A PrivaCI copy into this database was begun and has not been finished.';
"""
INSERT = """
INSERT INTO _privaci.unfinished (refresh, fingerprint, run, ledger_key, sealed_start)
VALUES (%s, %s, %s, %s, %s)
"""
# An earlier version's mark has no start, and can be resumed.
SELECT = """
SELECT refresh, fingerprint, run, has_objects, ledger_key,
       coalesce(pg_catalog.to_jsonb(mark) ->> 'sealed_start', '')
FROM _privaci.unfinished AS mark
"""
# The newest column that a resume needs: a table without it cannot be resumed.
HAS_NEWEST_COLUMN = """
SELECT FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass('_privaci.unfinished') AND attname = 'ledger_key'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An unfinished refresh: its name, its fingerprint, and the run that last worked on it.

    The fingerprint is a hash of policy, schema, keys and options; a resume must match it.
    """

    refresh: str
    fingerprint: str
    run: str = ""
    # Whether the tables exist, with everything that rows need.
    has_objects: bool = False
    # Of the ledgers that the refresh keeps of its rows.
    ledger_key: bytes = field(default=b"", repr=False)
    # Where the run began its subset, sealed by the salt; empty: where the policy says.
    sealed_start: str = field(default="", repr=False)


def mark_unfinished(target: Connection, mark: Unfinished) -> None:
    """Mark the target as unfinished, in place of any earlier mark."""
    with without_event_triggers(target):
        target.execute(TABLE)
        values = [mark.refresh, mark.fingerprint, mark.run, mark.ledger_key, mark.sealed_start]
        target.execute(INSERT, values)


def read_unfinished(target: Connection) -> Unfinished | None:
    """The mark of a target, or None if it is finished or no refresh ever wrote to it."""
    if not target.execute(HAS_NEWEST_COLUMN).rowcount:
        return None
    row = target.execute(SELECT).fetchone()
    if row is None:
        return None
    refresh, fingerprint, run, has_objects, ledger_key, sealed_start = row
    return Unfinished(
        refresh=refresh,
        fingerprint=fingerprint,
        run=run,
        has_objects=has_objects,
        ledger_key=ledger_key,
        sealed_start=sealed_start,
    )


def refuse_unfinished(target: Connection, doing: str) -> None:
    """Refuse a target that is not published."""
    if read_unfinished(target) is not None:
        why = "a refresh of it is running, or stopped before it was published"
        raise PreflightError(doing, why, "Resume it: privaci resume.")


def record_objects_created(target: Connection) -> None:
    """Record that the tables exist and rows can be loaded."""
    target.execute("UPDATE _privaci.unfinished SET has_objects = true")


def record_emptied(target: Connection) -> None:
    """Record that a refused refresh was removed: a resume begins it again."""
    target.execute("UPDATE _privaci.unfinished SET has_objects = false, is_finishing = true")


def was_emptied(target: Connection) -> bool:
    """Whether a refused refresh was removed from the target, which may hold objects of its own."""
    if not target.execute(HAS_NEWEST_COLUMN).rowcount:
        return False
    emptied = "SELECT FROM _privaci.unfinished WHERE is_finishing AND NOT has_objects"
    return bool(target.execute(emptied).rowcount)


def record_finishing(target: Connection) -> None:
    """Record that indexes, keys and triggers are being built; no rows may be loaded from now on."""
    target.execute("UPDATE _privaci.unfinished SET is_finishing = true")


def reopen_for_rows(target: Connection) -> bool:
    """Record that rows may be loaded again.

    True if indexes, keys and triggers were being built: this transaction must drop them first.
    The row's lock makes a second caller wait, and then read False.
    """
    reopen = "UPDATE _privaci.unfinished SET is_finishing = false WHERE is_finishing"
    return bool(target.execute(reopen).rowcount)


def take_over(target: Connection, run: str) -> None:
    """Record which run resumes the refresh."""
    target.execute("UPDATE _privaci.unfinished SET run = %s", [run])


def mark_finished(target: Connection) -> None:
    """Remove the mark; the ledgers and the audit trail stay."""
    target.execute("DROP TABLE IF EXISTS _privaci.unfinished, _privaci.entry, _privaci.file")
