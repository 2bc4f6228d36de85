"""Marks a target as unfinished, and says which refresh it is in the middle of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# What stands in a target while a copy is under way: whoever finds it knows that the data is not whole.
MARK = """
CREATE SCHEMA IF NOT EXISTS _privaci;
DROP TABLE IF EXISTS _privaci.unfinished;
CREATE TABLE _privaci.unfinished (
    since timestamptz NOT NULL DEFAULT pg_catalog.now(), refresh text NOT NULL, fingerprint text NOT NULL,
    run text NOT NULL, has_objects boolean NOT NULL DEFAULT false, is_finishing boolean NOT NULL DEFAULT false);
COMMENT ON TABLE _privaci.unfinished IS 'A PrivaCI copy into this database was begun and has not been finished.';
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A refresh, by its name and by everything that decides about its rows; and the run that last worked on it."""

    refresh: str
    fingerprint: str
    run: str = ""
    # Whether everything stands that must stand before rows come.
    has_objects: bool = False


def set_mark(target: Connection, mark: Mark) -> None:
    """Mark the target as unfinished, from here on."""
    target.execute(MARK)
    target.execute(
        "INSERT INTO _privaci.unfinished (refresh, fingerprint, run) VALUES (%s, %s, %s)",
        [mark.refresh, mark.fingerprint, mark.run],
    )


def read_mark(target: Connection) -> Mark | None:
    """The mark of a target; none where it is whole, or nobody's."""
    known = "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(%s) AND attname = %s"
    # One of an earlier version says less, and nobody goes on with it.
    if not target.execute(known, ["_privaci.unfinished", "is_finishing"]).rowcount:
        return None
    row = target.execute(
        "SELECT refresh, fingerprint, run, has_objects FROM _privaci.unfinished"
    ).fetchone()
    return Mark(refresh=row[0], fingerprint=row[1], run=row[2], has_objects=row[3]) if row else None


def objects_stand(target: Connection) -> None:
    """Note that rows can come."""
    target.execute("UPDATE _privaci.unfinished SET has_objects = true")


def finish_begins(target: Connection) -> None:
    """Note that indexes, keys and triggers are being built: from here on no row may come."""
    target.execute("UPDATE _privaci.unfinished SET is_finishing = true")


def rows_come_again(target: Connection) -> bool:
    """Note that rows may come; true where what stands behind them must go first, in this transaction, by us alone."""
    return bool(
        target.execute(
            "UPDATE _privaci.unfinished SET is_finishing = false WHERE is_finishing"
        ).rowcount
    )


def take_over(target: Connection, run: str) -> None:
    """Note which run goes on with it."""
    target.execute("UPDATE _privaci.unfinished SET run = %s", [run])


def mark_finished(target: Connection) -> None:
    """Take the mark away: the copy is whole. What stays is the audit trail, where there is one."""
    target.execute("DROP TABLE IF EXISTS _privaci.unfinished, _privaci.entry")
    if target.execute("SELECT pg_catalog.to_regclass('_privaci.audit_log')").fetchone() == (None,):
        target.execute("DROP SCHEMA _privaci CASCADE")
