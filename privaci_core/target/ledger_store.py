"""Keeps the ledgers of a target's rows in the target itself, each committed with its rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.event_triggers import without_event_triggers
from privaci_core.target.unfinished import read_unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from privaci_core.postgres.session import Connection

# The keys stay here alone: a proof in other hands says nothing about a table of one row.
TABLES = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE IF NOT EXISTS _privaci.ledger_key (refresh text PRIMARY KEY, key bytea NOT NULL);
CREATE TABLE IF NOT EXISTS _privaci.ledger (
    refresh text NOT NULL, relation text NOT NULL, part text NOT NULL, ledger text NOT NULL,
    origin text, PRIMARY KEY (relation, part));
-- Targets of earlier versions have no such column.
ALTER TABLE _privaci.ledger ADD COLUMN IF NOT EXISTS origin text;
COMMENT ON TABLE _privaci.ledger_key IS
    'Keys of the sums in _privaci.ledger; privaci verify --target-only needs them.';
COMMENT ON TABLE _privaci.ledger IS
    'What PrivaCI loaded into each table, in keyed sums and counts.';
"""
FORGET = """
DELETE FROM _privaci.ledger WHERE NOT relation = ANY (%s)
"""
FORGET_KEYS = """
DELETE FROM _privaci.ledger_key WHERE refresh NOT IN (SELECT refresh FROM _privaci.ledger)
"""
ADD_KEY = """
INSERT INTO _privaci.ledger_key (refresh, key) VALUES (%s, %s)
ON CONFLICT (refresh) DO UPDATE SET key = excluded.key
"""
# The refresh is the one that the target's mark names.
RECORD = """
INSERT INTO _privaci.ledger (refresh, relation, part, ledger, origin)
SELECT refresh, parts.* FROM _privaci.unfinished,
    unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS parts
ON CONFLICT (relation, part) DO UPDATE
SET refresh = excluded.refresh, ledger = excluded.ledger, origin = excluded.origin
-- Another process of the refresh may have loaded the chunk: its rows must not come twice.
WHERE ledger.refresh <> excluded.refresh OR ledger.part !~ '^[0-9]+$'
"""
PUT_BACK = """
INSERT INTO _privaci.ledger (refresh, relation, part, ledger, origin) VALUES (%s, %s, %s, %s, %s)
"""
# What is no chunk has another name than a number.
CHUNKS = """
SELECT relation, part::int, (ledger::json->>'rows')::bigint, origin FROM _privaci.ledger
WHERE relation = ANY (%s) AND part ~ '^[0-9]+$'
"""
# Targets of earlier versions have no column `origin`.
PARTS = """
SELECT refresh, relation, part, ledger, pg_catalog.to_jsonb(stored) ->> 'origin'
FROM _privaci.ledger AS stored ORDER BY relation, part
"""
KEYS = "SELECT refresh, key FROM _privaci.ledger_key"
PART = "SELECT ledger FROM _privaci.ledger WHERE relation = %s AND part = %s"
HAS_DROPPED = """
SELECT EXISTS (SELECT FROM _privaci.ledger WHERE pg_catalog.starts_with(part, %s))
"""
HAS_SETTLED = """
SELECT EXISTS (
    SELECT FROM _privaci.ledger WHERE relation = %s
    AND (pg_catalog.starts_with(part, %s) OR pg_catalog.starts_with(part, %s)))
"""
# Begins the name of a part that says what became of rows whose references were set to NULL, and
# of one that takes away rows which referred to none.
NULLED, DROPPED = "references of ", "orphans of "
SETTLED = (NULLED, DROPPED)
EXISTS = "SELECT pg_catalog.to_regclass('_privaci.ledger')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The ledger of one part of a table, and the refresh that loaded it."""

    relation: str
    # A chunk's number, or what else befell rows.
    name: str
    ledger: Mapping[str, Any]
    # Empty before it is recorded: the target's mark names it.
    refresh: str = ""
    # None if an earlier version loaded it.
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which rows of the source a chunk is; a later run asks whether they are still the same."""

    # How many chunks the table was cut into.
    of: int
    # What the snapshot showed, and the source's write counters of the table before it was read.
    seen: str
    counter: str
    bytes: int
    # The fingerprint of the masks' keys.
    keys: str = ""
    # A hash of the rule of each masked column.
    masks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedChunk:
    """A chunk that is in the target, committed with its ledger."""

    rows: int
    # None if an earlier version loaded it.
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """All ledgers that a target holds, with the key of each refresh."""

    parts: tuple[Part, ...] = ()
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def begin_ledger(target: Connection, refresh: str, key: bytes, kept: Collection[str] = ()) -> None:
    """Forget what earlier refreshes loaded, but for kept tables, and store the new key."""
    with (
        driver_errors("Beginning the ledger in the target"),
        target.transaction(),
        without_event_triggers(target),
    ):
        target.execute(TABLES)
        target.execute(FORGET, [list(kept)])
        target.execute(FORGET_KEYS)
        target.execute(ADD_KEY, [refresh, key])


def record_parts(target: Connection, parts: Sequence[Part]) -> None:
    """Record the ledgers of parts in the transaction that brings their rows."""
    columns = [
        [part.relation for part in parts],
        [part.name for part in parts],
        [json.dumps(part.ledger) for part in parts],
        [_origin_text(part) for part in parts],
    ]
    with driver_errors(f"Recording the ledgers of {_named(parts)}"):
        done = target.execute(RECORD, columns)
    if done.rowcount < len(parts) and read_unfinished(target) is not None:
        raise CopyError(
            f"Loading a chunk of {_named(parts)}",
            "another process of this refresh has loaded it meanwhile",
            "Resume the refresh: privaci resume. It keeps what is loaded.",
        )


def _named(parts: Sequence[Part]) -> str:
    """The tables of some parts, in a few words."""
    names = sorted({part.relation for part in parts})
    return ", ".join(names[:1]) + (f" and {len(names) - 1} more tables" if names[1:] else "")


def loaded_chunks(
    target: Connection, relations: Sequence[str]
) -> dict[str, dict[int, LoadedChunk]]:
    """The chunks of each table that the target holds, by their numbers."""
    with driver_errors("Reading which chunks of tables are loaded"):
        found = target.execute(CHUNKS, [list(relations)]).fetchall()
    chunks: dict[str, dict[int, LoadedChunk]] = {name: {} for name in relations}
    for relation, number, rows, origin in found:
        chunks[relation][number] = LoadedChunk(rows=rows, origin=_origin(origin))
    return chunks


def part_of(target: Connection, relation: str, name: str) -> Mapping[str, Any] | None:
    """The ledger of one part of a table, if there is one."""
    found = target.execute(PART, [relation, name]).fetchone()
    return None if found is None else dict(json.loads(found[0]))


def has_dropped(target: Connection) -> bool:
    """Whether orphans were left out of any table."""
    return target.execute(HAS_DROPPED, [DROPPED]).fetchone() == (True,)


def has_settled(target: Connection, relation: str) -> bool:
    """Whether a table had orphans: rows of it became others, or were left out."""
    return target.execute(HAS_SETTLED, [relation, *SETTLED]).fetchone() == (True,)


def forget_relation(target: Connection, relation: str) -> None:
    """Forget the parts of a table whose rows are deleted."""
    with driver_errors(f"Clearing the ledger of {relation}"):
        target.execute("DELETE FROM _privaci.ledger WHERE relation = %s", [relation])


def stored_ledgers(target: Connection) -> Stored:
    """All ledgers of a target; none where no refresh has kept one."""
    if target.execute(EXISTS).fetchone() == (None,):
        return Stored()
    return Stored(parts=tuple(_parts(target)), keys=dict(target.execute(KEYS).fetchall()))


def _parts(target: Connection) -> Iterator[Part]:
    for refresh, relation, name, ledger, origin in target.execute(PARTS).fetchall():
        yield Part(
            refresh=refresh,
            relation=relation,
            name=name,
            ledger=json.loads(ledger),
            origin=_origin(origin),
        )


def replace_ledgers(target: Connection, relations: Sequence[str], new: Stored) -> None:
    """Put the ledgers of some tables in the place of their old ones, with the key of the new."""
    with driver_errors("Replacing the ledgers of tables"):
        target.execute(TABLES)
        target.execute("DELETE FROM _privaci.ledger WHERE relation = ANY (%s)", [list(relations)])
        for refresh, key in new.keys.items():
            target.execute(ADD_KEY, [refresh, key])
        record_parts(target, new.parts)
        target.execute(FORGET_KEYS)


def put_back_ledgers(target: Connection, stored: Stored) -> None:
    """Put ledgers that were read from a target in the place of all that it holds."""
    rows = [
        (part.refresh, part.relation, part.name, json.dumps(part.ledger), _origin_text(part))
        for part in stored.parts
    ]
    with driver_errors("Putting the ledgers of a baseline into the target"):
        target.execute(TABLES)
        target.execute(FORGET, [[]])
        target.execute(FORGET_KEYS)
        for refresh, key in stored.keys.items():
            target.execute(ADD_KEY, [refresh, key])
        target.cursor().executemany(PUT_BACK, rows)


def _origin_text(part: Part) -> str | None:
    return json.dumps(asdict(part.origin)) if part.origin else None


def _origin(text: str | None) -> Origin | None:
    return Origin(**json.loads(text)) if text else None
