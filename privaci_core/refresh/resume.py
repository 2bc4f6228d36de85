"""Goes on with a table where an earlier run of the same refresh left it: what was committed is not loaded again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.loading.worker import Task
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import target_session
from privaci_core.refresh.steps import bare_tables, cut, load_chunks_of
from privaci_core.stream.copy_table import Loaded
from privaci_core.target.unfinished import take_over

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

NOTHING = Loaded(rows=0, bytes=0)
# A table that is larger is worth a note a chunk; a smaller one is loaded again in a moment.
WORTH_NOTES_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A chunk that an earlier run loaded: the transaction that may have been committed, and what it brought."""

    of: int
    state: str
    loaded: Loaded
    # None where the run itself saw the commit.
    xid: int | None


# By the numbers of their chunks.
Earlier = dict[int, Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What whoever keeps the notes of a refresh does: before rows are cleared, and before a chunk is committed."""

    clear: Callable[[], None] = lambda: None
    commit: Callable[[Chunk, Ready], None] = lambda *_: None
    earlier: Mapping[int, Piece] = field(default_factory=dict)


def take_over_target(copy: Copy) -> None:
    """Note in the target which run goes on with it: the next one looks for its notes."""
    if copy.resumes:
        with target_session(copy.ends.target, autocommit=True) as target:
            take_over(target, copy.mark.run)


def needs_notes(table: TablePlan) -> bool:
    """Whether chunks are noted: where loading again takes long, or where rows cannot be told from other tables'."""
    return table.size_bytes >= WORTH_NOTES_BYTES or is_routed(table)


def is_routed(table: TablePlan) -> bool:
    """Whether rows may end in another partition than they came from."""
    return table.into != table.identifier


def load_rest(
    copy: Copy, table: TablePlan, notes: Notes, wanted: Callable[[Chunk], bool]
) -> Loaded:
    """Load the chunks that are wanted and that are not there; all of them where what is there cannot be trusted."""
    chunks = cut(copy, table)
    # A crash of the target empties an unlogged table, whatever was committed.
    lasts = copy.catalog.by_name[table.name].persistence != "u"
    there = _committed(copy, table, notes.earlier, len(chunks)) if copy.resumes and lasts else {}
    if copy.resumes and any(wanted(chunk) and chunk.number not in there for chunk in chunks):
        bare_tables(copy)
    if copy.resumes and not there:
        _clear(copy, table, notes)
    # Who had to clear the table loads all of it: what others had loaded is gone as well.
    anew = copy.resumes and not there
    tasks = [
        Task(table=table, chunk=chunk)
        for chunk in chunks
        if (wanted(chunk) or anew) and chunk.number not in there
    ]
    kept = (
        there[chunk.number].loaded for chunk in chunks if wanted(chunk) and chunk.number in there
    )
    done = (
        load_chunks_of(copy, tasks, lambda task, ready: notes.commit(task.chunk, ready))
        if tasks
        else ()
    )
    return sum((loaded for _, loaded in done), sum(kept, NOTHING))


def _committed(copy: Copy, table: TablePlan, earlier: Mapping[int, Piece], count: int) -> Earlier:
    """The chunks that are there, if the source's table can be shown to be what it was when they were read."""
    state = copy.states_since.get((table.schema, table.relation))
    same = {
        number: piece
        for number, piece in earlier.items()
        if piece.of == count and state and piece.state == state
    }
    if len(same) != len(earlier):
        return {}
    with target_session(copy.ends.target, autocommit=True) as target:
        return {
            number: piece for number, piece in same.items() if _was_committed(target, table, piece)
        }


def _was_committed(target: Connection, table: TablePlan, piece: Piece) -> bool:
    if piece.xid is None:
        return True
    with driver_errors(f"Asking whether rows of {table.name} were committed"):
        status = target.execute("SELECT pg_catalog.txid_status(%s)", [piece.xid]).fetchone()
    return status == ("committed",)


def _clear(copy: Copy, table: TablePlan, notes: Notes) -> None:
    """Take away what an earlier run may have loaded."""
    if is_routed(table):
        with target_session(copy.ends.target, autocommit=True) as target:
            if not any(_was_committed(target, table, piece) for piece in notes.earlier.values()):
                return
        raise CopyError(
            f"Going on with {table.name}",
            "the source has changed since it was read, and its rows are among those of other partitions by now",
            "Begin a new refresh: privaci run, or materialize all.",
        )
    notes.clear()
    with (
        target_session(copy.ends.target, autocommit=True) as target,
        driver_errors(f"Clearing {table.name}"),
    ):
        target.execute(sql.SQL("TRUNCATE ONLY {}").format(table.identifier))
