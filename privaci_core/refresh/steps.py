"""Copies a whole database, masked on the way: the one file that knows both ends and the order of the steps."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import Catalog, read_catalog
from privaci_core.catalog.lock_file import shape_fingerprint, unhandled
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.ddl.create import copy_database_settings, create_objects
from privaci_core.ddl.deferred import keep_entries, kept_entries
from privaci_core.ddl.dump import dump_schema
from privaci_core.ddl.finish import Orphans, copy_sequences, finish_objects, populated_matviews
from privaci_core.ddl.orphans import let_go, refuse_orphans
from privaci_core.ddl.prune import without, without_secrets
from privaci_core.detect.sample import read_contents
from privaci_core.errors import PreflightError
from privaci_core.loading.copy import EVERYTHING, Copy, Options, Report
from privaci_core.loading.sessions import Sessions
from privaci_core.loading.worker import Ends, Ready, Task
from privaci_core.loading.workers import load_chunks, started
from privaci_core.plan.chunks import (
    TID_RANGE_SCAN,
    Chunk,
    block_ranges,
    chunk_count,
    key_ranges,
    whole,
)
from privaci_core.plan.plan import Plan, TablePlan, plan_copy
from privaci_core.plan.rules import listed_columns
from privaci_core.policy import FindingsError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe, is_local
from privaci_core.postgres.session import Connection, source_session, target_session
from privaci_core.postgres.snapshot import export_snapshot, import_snapshot, transaction_id
from privaci_core.postgres.write_counters import states_of
from privaci_core.prove.verdicts import prove_rows
from privaci_core.stream.copy_table import Loaded, bind_table, copy_rows
from privaci_core.stream.large_objects import copy_large_objects
from privaci_core.stream.try_checks import broken_checks
from privaci_core.target.advisory_lock import held
from privaci_core.target.audit_trail import add_to_trail, carry_trail
from privaci_core.target.claim import NEW, Claim, claimed
from privaci_core.target.make_room import (
    drop_all,
    make_room,
    refuse_unsafe_target,
    tables_with_rows,
    truncate_tables,
)
from privaci_core.target.swap import create_next, next_to, swap_in
from privaci_core.target.unfinished import (
    Mark,
    finish_begins,
    mark_finished,
    objects_stand,
    read_mark,
    rows_come_again,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from privaci_core.masks import Keys
    from privaci_core.policy import Policy
    from privaci_core.postgres.write_counters import States
    from privaci_core.target.audit_trail import Entry

CORES = os.cpu_count() or 2
# Below this a worker's start (about half a second) costs more than it brings.
WORTH_WORKERS_BYTES = 64 << 20


def copy_database(
    source_dsn: str, target_dsn: str, policy: Policy, keys: Keys, options: Options = EVERYTHING
) -> Report:
    """Copy everything that one moment of the source shows; the target stays marked unfinished until it is whole."""
    begun = time.monotonic()
    with opened(source_dsn, target_dsn, policy, keys, options) as copy:
        notes = create_target(copy)
        loaded = {table.name: piece for table, piece in load_tables(copy, copy.plan.tables)}
        notes += finish_target(copy)
        if copy.live != copy.ends.target:
            prove_rows(copy)
        publish_target(copy)
    masked = copy.plan.masked_columns
    return Report(
        tables=loaded, notes=notes, masked_columns=masked, seconds=time.monotonic() - begun
    )


@contextmanager
def opened(
    source_dsn: str,
    target_dsn: str,
    policy: Policy,
    keys: Keys,
    options: Options = EVERYTHING,
    claim: Claim = NEW,
) -> Iterator[Copy]:
    """Hold the target for us alone and one moment of the source under a name, and plan what happens to it."""
    swaps = policy.on_existing_data == "swap"
    into = next_to(target_dsn) if swaps else target_dsn
    with source_session(source_dsn) as source:
        states = states_of(source)
        # The next statement sees the moment that everybody reads: what is written meanwhile moves the counters after.
        source.rollback()
        snapshot = (
            import_snapshot(source, claim.moment) if claim.moment else export_snapshot(source)
        )
        catalog = read_catalog(source)
        plan = plan_of(source, catalog, policy)
        ends = Ends(source=source_dsn, target=into, snapshot=snapshot, keys=keys)
        with held(target_dsn, beside=into if swaps else None, run=claim.run) as hold:
            mark, resumes, found = claimed(
                into, claim, fingerprint_of(catalog, policy, keys, options), beside=swaps
            )
            # They start while the schema is made: a second of imports that nobody waits for.
            with (
                started(_worth_workers(ends, plan, options), ends) as workers,
                closing(Sessions(ends)) as sessions,
            ):
                yield Copy(
                    ends=ends,
                    source=source,
                    policy=policy,
                    catalog=catalog,
                    plan=plan,
                    live=target_dsn,
                    options=options,
                    workers=workers,
                    sessions=sessions,
                    mark=mark,
                    resumes=resumes,
                    found=found,
                    hold=hold,
                    states=states,
                    states_since=states_of(source) if resumes else {},
                )


def fingerprint_of(catalog: Catalog, policy: Policy, keys: Keys, options: Options) -> str:
    """Everything that decides about the target's rows but the source's rows: who goes on must have the same."""
    parts = [policy.fingerprint(), shape_fingerprint(catalog), keys.fingerprint(), repr(options)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@contextmanager
def finished(source_dsn: str, target_dsn: str, policy: Policy, keys: Keys) -> Iterator[Copy]:
    """A copy that is whole, to be held against the source as it is now; refused where it is still under way."""
    with target_session(target_dsn, autocommit=True) as target:
        mark = read_mark(target)
    if mark is not None:
        why = "a refresh of it is under way, or broke off"
        raise PreflightError(
            f"Verifying {describe(target_dsn)}", why, "Go on with it: privaci resume."
        )
    with source_session(source_dsn) as source:
        snapshot = export_snapshot(source)
        catalog = read_catalog(source)
        plan = plan_of(source, catalog, policy)
        ends = Ends(source=source_dsn, target=target_dsn, snapshot=snapshot, keys=keys)
        ours = Mark(refresh="", fingerprint=fingerprint_of(catalog, policy, keys, EVERYTHING))
        yield Copy(
            ends=ends,
            source=source,
            policy=policy,
            catalog=catalog,
            plan=plan,
            live=target_dsn,
            sessions=Sessions(ends),
            mark=ours,
        )


def plan_of(source: Connection, catalog: Catalog, policy: Policy) -> Plan:
    """Plan a copy: look into the columns that nobody has listed, where the policy wants that, and try the fakes."""
    contents = (
        read_contents(source, catalog, listed_columns(policy, catalog))
        if policy.auto_detect
        else None
    )
    plan = plan_copy(catalog, policy, contents)
    findings = list(broken_checks(source, catalog, policy, plan))
    if findings:
        raise FindingsError("Trying fakes against the source's checks", findings)
    return plan


def create_target(copy: Copy) -> tuple[str, ...]:
    """Look whether the target may be written, make room, and create what must stand before the rows come."""
    if copy.resumes:
        return (
            "RESUMED: the target's tables stand since an earlier run of this refresh",
            *_suspected(copy.plan),
        )
    notes = _create_target(copy)
    with target_session(copy.ends.target, autocommit=True) as target:
        objects_stand(target)
    return notes


def _create_target(copy: Copy) -> tuple[str, ...]:
    with target_session(copy.live, autocommit=True) as target:
        refuse_unreadable(
            copy.source, [(table.schema, table.relation) for table in copy.plan.tables]
        )
        refuse_unsafe_target(copy.source, target)
        if copy.kept or (copy.policy.on_existing_data == "truncate" and tables_with_rows(target)):
            return _truncate_target(copy, target)
    if copy.live != copy.ends.target:
        create_next(copy.live)
    with target_session(copy.ends.target, autocommit=True) as target:
        dump = dump_schema(
            copy.ends.source, copy.catalog.server_version, copy.ends.snapshot, copy.options.of_dump
        )
        safe, secrets = without_secrets(dump)
        kept, notes = without(safe, copy.plan.excluded)
        make_room(target, copy.policy.on_existing_data, copy.mark)
        keep_entries(target, kept.post_data)
        if not copy.catalog.has_public:
            target.execute("DROP SCHEMA public")
        told = secrets + notes + unhandled(copy.catalog) + _suspected(copy.plan)
        return told + create_objects(target, kept.pre_data)


def _suspected(plan: Plan) -> tuple[str, ...]:
    """What people must look at: columns that are copied as they are and may be personal."""
    return tuple(
        f"COLUMN {table}.{column}: copied as it is, and seems to hold {found.kind}"
        f" ({found.confidence}: {found.evidence})"
        for table, column, found in plan.suspected
        if found.confidence != "low"
    )


def _truncate_target(copy: Copy, target: Connection) -> tuple[str, ...]:
    """Keep the target's own objects, those behind the rows for later, and the rows of tables that are kept."""
    own = dump_schema(copy.live, target.info.server_version, None)
    tables = {
        (table.schema, table.relation): (*table.leading, *table.carried)
        for table in copy.plan.tables
    }
    kept = [(table.schema, table.relation) for table in copy.plan.tables if copy.keeps(table)]
    truncate_tables(target, tables, own.drops, copy.mark, kept)
    keep_entries(target, own.post_data)
    return _suspected(copy.plan)


def load_tables(copy: Copy, tables: Iterable[TablePlan]) -> Iterator[tuple[TablePlan, Loaded]]:
    """Load whole tables, large ones in chunks side by side; yields each when its last chunk is committed."""
    tables = tuple(tables)
    pieces: dict[str, list[Loaded]] = {table.name: [] for table in tables}
    for task, piece in load_chunks_of(
        copy, [Task(table=t, chunk=chunk) for t in tables for chunk in cut(copy, t)]
    ):
        done = pieces[task.table.name]
        done.append(piece)
        if len(done) == task.chunk.of:
            yield task.table, sum(done[1:], done[0])


def load_chunks_of(
    copy: Copy,
    tasks: Sequence[Task],
    before_commit: Callable[[Task, Ready], None] = lambda *_: None,
) -> Iterator[tuple[Task, Loaded]]:
    """Load chunks, each in a transaction of its own that `before_commit` sees while it can still be undone."""
    if copy.workers and any(task.chunk.of > 1 for task in tasks):
        return load_chunks(copy.workers, tasks, before_commit)
    return _here(copy, tasks, before_commit)


def bare_tables(copy: Copy) -> None:
    """Take away again what an earlier run has built behind the rows: more of them come, and nothing may fire."""
    with (
        target_session(copy.ends.target) as target,
        driver_errors("Taking indexes and keys away for rows to come"),
    ):
        if rows_come_again(target):
            drop_all(target, dump_schema(copy.ends.target, target.info.server_version, None).drops)
        target.commit()


def finish_target(copy: Copy) -> tuple[str, ...]:
    """Complete the target behind its rows; it stays marked until it is published."""
    sequences = ((sequence.schema, sequence.name) for sequence in copy.catalog.sequences)
    with target_session(copy.ends.target, autocommit=True) as target:
        finish_begins(target)
        copy_sequences(copy.source, target, sequences)
        notes = copy_large_objects(copy.source, target)
        entries = kept_entries(target)
        notes += finish_objects(
            copy.ends.target,
            entries,
            populated_matviews(copy.source),
            _settle(copy),
            again=copy.resumes,
        )
        notes += copy_database_settings(copy.source, target)
    return notes


def publish_target(copy: Copy, trail: Sequence[Entry] = ()) -> States:
    """Take the mark away, and put what was loaded beside the target in its place: from here on it is whole.

    Returns the counters of the target's tables, by which a later refresh sees that nobody has written to them.
    """
    # A session tells the server's counters what it did when it ends.
    copy.sessions.close()
    with target_session(copy.ends.target, autocommit=True) as target:
        states = states_of(target)
        if copy.live != copy.ends.target:
            with target_session(copy.live, autocommit=True) as old:
                carry_trail(old, target)
        with target.transaction():
            if trail:
                add_to_trail(target, trail)
            mark_finished(target)
    if copy.live != copy.ends.target:
        if copy.hold is not None:
            copy.hold.let_go_inside()
        swap_in(copy.live)
    return states


def _settle(copy: Copy) -> Orphans:
    """What happens to rows that refer to nothing: let go where the policy says so, else refused by number."""
    keys = [key for key in copy.catalog.foreign_keys if key.relation in copy.plan.lets_go]
    return Orphans(
        let_go=lambda target: let_go(target, copy.catalog, keys),
        refuse=lambda target: refuse_orphans(target, copy.catalog, copy.plan.excluded),
    )


def cut(copy: Copy, table: TablePlan) -> tuple[Chunk, ...]:
    """The chunks of a table: by blocks where Postgres can read a range of them alone, else by its key."""
    source, streams = copy.source, _streams(copy.ends, table, copy.options) if copy.workers else 1
    count = chunk_count(table.size_bytes) if streams > 1 else 1
    if count > 1 or (streams > 1 and table.size_bytes >= WORTH_WORKERS_BYTES):
        # Two for each stream at least, so that none waits long for the last.
        count = max(count, 2 * streams)
    if count > 1 and source.info.server_version >= TID_RANGE_SCAN:
        return block_ranges(source, table.identifier, count)
    if count > 1 and table.key:
        return key_ranges(source, table.identifier, table.key, count)
    return whole()


def _worth_workers(ends: Ends, plan: Plan, options: Options) -> int:
    """How many worker processes to start: as many as the table that wants the most of them."""
    large = (table for table in plan.tables if table.size_bytes >= WORTH_WORKERS_BYTES)
    streams = max((_streams(ends, table, options) for table in large), default=1)
    return streams if streams > 1 else 0


def _streams(ends: Ends, table: TablePlan, options: Options) -> int:
    """How many streams carry a table: masks keep a core busy, and so does a server beside us.

    Measured on two cores with both servers on them: a second stream of an unmasked table only takes the servers' time.
    """
    beside = is_local(ends.source) or is_local(ends.target)
    wanted = CORES // 2 if beside and not table.masked else CORES
    # One connection holds the snapshot.
    return wanted if options.connections is None else max(1, min(wanted, options.connections - 1))


def _here(
    copy: Copy, tasks: Iterable[Task], before_commit: Callable[[Task, Ready], None]
) -> Iterator[tuple[Task, Loaded]]:
    """Load in this process, one transaction a task."""
    for task in tasks:
        with copy.sessions.pair() as (source, target):
            stream = bind_table(task.table, copy.ends.keys)
            loaded = copy_rows(source, target, task.table, stream, task.chunk.where)
            before_commit(task, Ready(xid=transaction_id(target), loaded=loaded))
            target.commit()
        yield task, loaded
