"""Keeps in the target how its large tables are cut: processes of one refresh must agree on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.postgres.session import Connection

TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
DROP TABLE IF EXISTS _privaci.cuts;
CREATE TABLE _privaci.cuts (relation text PRIMARY KEY, chunks int NOT NULL, blocks bigint NOT NULL)
"""
RECORD = """
INSERT INTO _privaci.cuts SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])
"""
IS_THERE = "SELECT pg_catalog.to_regclass('_privaci.cuts') IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Into how many chunks a table is cut, and of how many blocks they are shares."""

    chunks: int
    blocks: int


def record_cuts(target: Connection, cuts: Mapping[str, Cut]) -> None:
    """Record the cuts of a refresh in place of an earlier one's."""
    if not cuts and target.execute(IS_THERE).fetchone() != (True,):
        return
    columns = [
        list(cuts),
        [cut.chunks for cut in cuts.values()],
        [cut.blocks for cut in cuts.values()],
    ]
    with target.transaction(), without_event_triggers(target):
        target.execute(TABLE)
        target.execute(RECORD, columns)


def read_cuts(target: Connection) -> dict[str, Cut]:
    """The cuts that a refresh recorded when it began; none if it recorded none."""
    if target.execute(IS_THERE).fetchone() != (True,):
        return {}
    rows = target.execute("SELECT relation, chunks, blocks FROM _privaci.cuts").fetchall()
    return {relation: Cut(chunks=chunks, blocks=blocks) for relation, chunks, blocks in rows}
