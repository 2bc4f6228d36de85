"""Keeps in the target which files of a store hold a chunk's rows, committed with the rows."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.postgres.session import Connection

# The table is in a target from a refresh's start until its publication.
TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
DROP TABLE IF EXISTS _privaci.file;
CREATE TABLE _privaci.file (
    refresh text NOT NULL, relation text NOT NULL, part text NOT NULL, files text NOT NULL,
    PRIMARY KEY (relation, part));
COMMENT ON TABLE _privaci.file IS 'The files that hold the rows of an unfinished PrivaCI copy.';
"""
# The refresh is the one that the target's mark names.
RECORD = """
INSERT INTO _privaci.file (refresh, relation, part, files)
SELECT refresh, parts.* FROM _privaci.unfinished,
    unnest(%s::text[], %s::text[], %s::text[]) AS parts
ON CONFLICT (relation, part) DO UPDATE SET refresh = excluded.refresh, files = excluded.files
"""
# A part of the ledger without files: an earlier refresh loaded it, or it says what befell rows.
FOUND = """
SELECT relation, (ledger::json->>'rows')::bigint, files
FROM _privaci.ledger LEFT JOIN _privaci.file USING (refresh, relation, part)
"""
EXISTS = "SELECT pg_catalog.to_regclass('_privaci.file')"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """How many rows a part of a table has, and the files that hold them; None if none do."""

    rows: int
    files: Sequence[Mapping[str, Any]] | None


def begin_files(target: Connection) -> None:
    """Forget which files hold rows."""
    with driver_errors("Preparing the target for files"), without_event_triggers(target):
        target.execute(TABLE)


def record_files(target: Connection, parts: Sequence[tuple[str, str, Sequence[object]]]) -> None:
    """Record the files of some chunks, in the transaction that brings their rows."""
    columns = [
        [relation for relation, _, _ in parts],
        [name for _, name, _ in parts],
        [json.dumps(files) for _, _, files in parts],
    ]
    with driver_errors("Recording which files hold the rows of chunks"):
        target.execute(RECORD, columns)


def recorded_files(target: Connection) -> dict[str, list[FilePart]]:
    """The parts of each table that the target holds, with their files."""
    found = defaultdict[str, list[FilePart]](list)
    if target.execute(EXISTS).fetchone() == (None,):
        return found
    with driver_errors("Reading which files hold the rows of chunks"):
        for relation, rows, files in target.execute(FOUND).fetchall():
            part = FilePart(rows=rows, files=None if files is None else json.loads(files))
            found[relation].append(part)
    return found
