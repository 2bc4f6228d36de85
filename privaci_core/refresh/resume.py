"""Resumes a table where an earlier run stopped: committed chunks are not loaded again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.loading.streams import cut, load_chunks_of
from privaci_core.loading.worker import task_of
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import target_session
from privaci_core.refresh.earlier_run import counter_of
from privaci_core.refresh.steps import drop_finished
from privaci_core.stream.copy_table import Loaded
from privaci_core.target.ledger_store import forget_relation, has_settled, loaded_chunks
from privaci_core.target.unfinished import take_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.loading.worker import Ready, Task
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_core.refresh.open import Opened
    from privaci_core.target.ledger_store import LoadedChunk

    # By the numbers of their chunks.
    Chunks = Mapping[int, LoadedChunk]
    # Called for each chunk that is loaded, before its commit.
    Noted = Callable[[Chunk, Ready], None]

NOTHING = Loaded(rows=0, bytes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is to be loaded of a table, and what of it the target holds already."""

    table: TablePlan
    missing: tuple[Chunk, ...]
    there: Loaded


def take_over_target(copy: Copy, earlier: EarlierRun) -> None:
    """Record in the target which run resumes its refresh."""
    if earlier.resumes:
        with target_session(copy.ends.target, autocommit=True) as target:
            take_over(target, copy.mark.run)


def is_routed(table: TablePlan) -> bool:
    """Whether rows may land in another partition than the one they came from."""
    return table.into != table.identifier


def load_rest(
    refresh: Opened, table: TablePlan, noted: Noted, wanted: Callable[[Chunk], bool]
) -> Loaded:
    """Load the wanted chunks of one table; see `load_many`."""
    ((_, loaded),) = load_many(refresh, [table], lambda _: noted, wanted)
    return loaded


def load_many(
    refresh: Opened,
    tables: Sequence[TablePlan],
    noted: Callable[[TablePlan], Noted],
    wanted: Callable[[Chunk], bool] = lambda _: True,
) -> Iterator[tuple[TablePlan, Loaded]]:
    """Load the wanted chunks that are not in the target; a whole table if its others are old.

    The target itself says what is loaded: each chunk's ledger is committed with its rows. Yields
    each table when all of it is committed; small tables are committed together.
    """
    rests = _rests(refresh, tables, wanted)
    yield from ((rest.table, rest.there) for rest in rests if not rest.missing)
    waiting = {rest.table.name: rest for rest in rests if rest.missing}
    left = Counter({name: len(rest.missing) for name, rest in waiting.items()})
    sums = {name: rest.there for name, rest in waiting.items()}
    for task, loaded in _load(refresh, list(waiting.values()), noted):
        name = task.table.name
        sums[name] += loaded
        left[name] -= 1
        if not left[name]:
            yield waiting[name].table, sums[name]


def _rests(
    refresh: Opened, tables: Sequence[TablePlan], wanted: Callable[[Chunk], bool]
) -> list[Rest]:
    """What is to be loaded of each table, and what an earlier run brought of it."""
    copy, earlier = refresh.copy, refresh.earlier
    cuts = [(table, cut(copy, refresh.connections, table)) for table in tables]
    if not earlier.resumes:
        return [_rest(table, chunks, {}, wanted) for table, chunks in cuts]
    with target_session(copy.ends.target, autocommit=True) as target:
        there = loaded_chunks(target, [table.name for table in tables])
        rests = [
            _trusted_rest(refresh, target, table, chunks, there[table.name], wanted)
            for table, chunks in cuts
        ]
    if any(rest.missing for rest in rests):
        drop_finished(copy.ends.target)
    return rests


def _trusted_rest(
    refresh: Opened,
    target: Connection,
    table: TablePlan,
    chunks: Sequence[Chunk],
    there: Chunks,
    wanted: Callable[[Chunk], bool],
) -> Rest:
    """The rest of a table; all of it if the target holds rows of another snapshot."""
    copy = refresh.copy
    trusted = is_trusted(copy, refresh.earlier, table, there, len(chunks))
    spoiled = _crashed(copy, target, table, there) or _settled_before(copy, target, table, there)
    if trusted and not spoiled:
        return _rest(table, chunks, there, wanted)
    _refuse_to_empty(copy, table, all(map(wanted, chunks)))
    # No key may refer to a table that is emptied.
    drop_finished(copy.ends.target)
    _clear(target, table)
    # Also what other runs loaded is gone.
    return _rest(table, chunks, {}, lambda _: True)


def _rest(
    table: TablePlan, chunks: Sequence[Chunk], there: Chunks, wanted: Callable[[Chunk], bool]
) -> Rest:
    missing = [chunk for chunk in chunks if wanted(chunk) and chunk.number not in there]
    return Rest(table=table, missing=tuple(missing), there=rows_there(chunks, there, wanted))


def _refuse_to_empty(copy: Copy, table: TablePlan, loads_all: bool) -> None:  # noqa: FBT001 - a fact
    """Refuse to empty a table whose other slices other processes load."""
    if copy.ends.is_shared and not loads_all:
        raise CopyError(
            f"Loading slices of {table.name}",
            "other slices of it came from another snapshot of the source, which has ended",
            "Hold a new one (privaci snapshot), and begin a new refresh with it.",
            "docs/how-to/scale.md",
        )


def is_trusted(
    copy: Copy, earlier: EarlierRun, table: TablePlan, there: Chunks, count: int
) -> bool:
    """Whether all chunks in the target are rows that this run's snapshot shows, cut alike."""
    counter = counter_of(earlier.counters_since, table)
    # A value may have come from another partition, whose rows may have changed since.
    counts = bool(counter) and not table.trades_with_partitions
    return all(
        chunk.origin is not None
        and chunk.origin.of == count
        and (chunk.origin.seen == copy.ends.seen or (counts and chunk.origin.counter == counter))
        for chunk in there.values()
    )


def _crashed(copy: Copy, target: Connection, table: TablePlan, there: Chunks) -> bool:
    """Whether a crash of the target emptied an unlogged table, whatever was committed."""
    if copy.catalog.by_name[table.name].persistence != "u":
        return False
    query = sql.SQL("SELECT FROM ONLY {} LIMIT 1").format(table.identifier)
    return any(chunk.rows for chunk in there.values()) and not target.execute(query).rowcount


def _settled_before(copy: Copy, target: Connection, table: TablePlan, there: Chunks) -> bool:
    """Whether rows of other tables, of another snapshot, decided what became of its orphans."""
    seen = (chunk.origin.seen if chunk.origin else None for chunk in there.values())
    return any(each != copy.ends.seen for each in seen) and has_settled(target, table.name)


def rows_there(chunks: Iterable[Chunk], there: Chunks, wanted: Callable[[Chunk], bool]) -> Loaded:
    """What the wanted chunks brought that are in the target already."""
    found = (there[chunk.number] for chunk in chunks if chunk.number in there and wanted(chunk))
    return sum((_loaded(chunk) for chunk in found), NOTHING)


def _loaded(chunk: LoadedChunk) -> Loaded:
    return Loaded(rows=chunk.rows, bytes=chunk.origin.bytes if chunk.origin else 0)


def _load(
    refresh: Opened, rests: Sequence[Rest], noted: Callable[[TablePlan], Noted]
) -> Iterator[tuple[Task, Loaded]]:
    counters = refresh.earlier.counters
    notes = {rest.table.name: noted(rest.table) for rest in rests}
    tasks = [
        task_of(rest.table, chunk, counter)
        for rest, counter in ((rest, counter_of(counters, rest.table)) for rest in rests)
        for chunk in rest.missing
    ]
    return load_chunks_of(
        refresh.copy.ends,
        refresh.connections,
        tasks,
        lambda task, ready: notes[task.table.name](task.chunk, ready),
    )


def _clear(target: Connection, table: TablePlan) -> None:
    """Remove the rows that an earlier run loaded from another snapshot."""
    if is_routed(table):
        raise CopyError(
            f"Resuming {table.name}",
            "the source has changed since it was read,"
            " and its rows are already among those of other partitions",
            "Begin a new refresh: privaci run, or materialize all.",
        )
    with driver_errors(f"Clearing {table.name}"), target.transaction():
        target.execute(sql.SQL("TRUNCATE ONLY {}").format(table.identifier))
        forget_relation(target, table.name)
