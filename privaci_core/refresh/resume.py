"""Resumes a table where an earlier run stopped: committed chunks are not loaded again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.loading.streams import cut, load_chunks_of
from privaci_core.loading.worker import Task
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import target_session
from privaci_core.refresh.steps import drop_finished
from privaci_core.stream.copy_table import Loaded
from privaci_core.target.ledger_store import forget_relation
from privaci_core.target.unfinished import take_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_core.refresh.open import Opened

NOTHING = Loaded(rows=0, bytes=0)
# A larger table is worth a note per chunk; a smaller one is loaded again in a moment.
WORTH_NOTES_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedChunk:
    """A chunk that an earlier run loaded, as it noted it just before the commit."""

    # How many chunks the table was cut into.
    of: int
    # The write counters of the source's table before it was read.
    state: str
    loaded: Loaded
    # The transaction in the target; None where the run itself saw the commit.
    xid: int | None


# By the numbers of their chunks.
LoadedChunks = dict[int, LoadedChunk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The notes of earlier runs on one table, and what notes this run's clearing and commits."""

    clear: Callable[[], None] = lambda: None
    commit: Callable[[Chunk, Ready], None] = lambda *_: None
    earlier: Mapping[int, LoadedChunk] = field(default_factory=dict)


def take_over_target(copy: Copy, earlier: EarlierRun) -> None:
    """Record in the target which run resumes its refresh; the next run looks for its notes."""
    if earlier.resumes:
        with target_session(copy.ends.target, autocommit=True) as target:
            take_over(target, copy.mark.run)


def needs_notes(table: TablePlan) -> bool:
    """Whether chunks are noted: a large table takes long, a routed one cannot be cleared."""
    return table.size_bytes >= WORTH_NOTES_BYTES or is_routed(table)


def is_routed(table: TablePlan) -> bool:
    """Whether rows may land in another partition than the one they came from."""
    return table.into != table.identifier


def load_rest(
    refresh: Opened, table: TablePlan, notes: Notes, wanted: Callable[[Chunk], bool]
) -> Loaded:
    """Load the wanted chunks that are not in the target; the whole table if its notes are old."""
    copy, earlier = refresh.copy, refresh.earlier
    chunks = cut(copy, refresh.connections, table)
    if not earlier.resumes:
        return _load(refresh, table, notes, [chunk for chunk in chunks if wanted(chunk)])
    trusted = trusted_notes(copy, earlier, table, notes.earlier, len(chunks))
    committed = _committed(copy.ends.target, table, trusted)
    missing = missing_chunks(chunks, committed, wanted)
    if missing:
        drop_finished(copy.ends.target)
    if not committed:
        _clear(copy.ends.target, table, notes)
    return _load(refresh, table, notes, missing) + rows_there(chunks, committed, wanted)


def trusted_notes(
    copy: Copy, earlier: EarlierRun, table: TablePlan, notes: Mapping[int, LoadedChunk], count: int
) -> LoadedChunks:
    """The notes on a table; none of them if one is about other rows or another cut."""
    # A crash of the target empties an unlogged table, whatever was committed.
    if copy.catalog.by_name[table.name].persistence == "u":
        return {}
    # A value may have come from another partition, whose rows have changed since.
    if table.trades_with_partitions:
        return {}
    counters = earlier.counters_since.get((table.schema, table.relation))
    if not counters:
        return {}
    if any(piece.of != count or piece.state != counters for piece in notes.values()):
        return {}
    return dict(notes)


def missing_chunks(
    chunks: Iterable[Chunk], committed: LoadedChunks, wanted: Callable[[Chunk], bool]
) -> list[Chunk]:
    """The wanted chunks that are not committed; all chunks of a table that is cleared first."""
    return [
        chunk
        for chunk in chunks
        if chunk.number not in committed and (wanted(chunk) or not committed)
    ]


def rows_there(
    chunks: Iterable[Chunk], committed: LoadedChunks, wanted: Callable[[Chunk], bool]
) -> Loaded:
    """What the wanted chunks brought that an earlier run committed."""
    there = (chunk.number for chunk in chunks if chunk.number in committed and wanted(chunk))
    return sum((committed[number].loaded for number in there), NOTHING)


def _load(refresh: Opened, table: TablePlan, notes: Notes, chunks: Sequence[Chunk]) -> Loaded:
    tasks = [Task(table=table, chunk=chunk) for chunk in chunks]
    done = load_chunks_of(
        refresh.copy.ends,
        refresh.connections,
        tasks,
        lambda task, ready: notes.commit(task.chunk, ready),
    )
    return sum((loaded for _, loaded in done), NOTHING)


def _committed(target_dsn: str, table: TablePlan, notes: LoadedChunks) -> LoadedChunks:
    """The noted chunks whose transactions were committed."""
    if not notes:
        return {}
    with target_session(target_dsn, autocommit=True) as target:
        return {
            number: piece for number, piece in notes.items() if _was_committed(target, table, piece)
        }


def _was_committed(target: Connection, table: TablePlan, piece: LoadedChunk) -> bool:
    if piece.xid is None:
        return True
    with driver_errors(f"Asking whether rows of {table.name} were committed"):
        status = target.execute("SELECT pg_catalog.txid_status(%s)", [piece.xid]).fetchone()
    return status == ("committed",)


def _clear(target_dsn: str, table: TablePlan, notes: Notes) -> None:
    """Remove the rows that an earlier run may have loaded."""
    if is_routed(table):
        _refuse_committed(target_dsn, table, notes)
        return
    notes.clear()
    with (
        target_session(target_dsn, autocommit=True) as target,
        driver_errors(f"Clearing {table.name}"),
        target.transaction(),
    ):
        target.execute(sql.SQL("TRUNCATE ONLY {}").format(table.identifier))
        forget_relation(target, table.name)


def _refuse_committed(target_dsn: str, table: TablePlan, notes: Notes) -> None:
    """Refuse to load a routed table again: other partitions' rows look like its own."""
    with target_session(target_dsn, autocommit=True) as target:
        committed = any(_was_committed(target, table, piece) for piece in notes.earlier.values())
    if committed:
        raise CopyError(
            f"Resuming {table.name}",
            "the source has changed since it was read,"
            " and its rows are already among those of other partitions",
            "Begin a new refresh: privaci run, or materialize all.",
        )
