"""The steps of a refresh in their order: create the target, load the rows, finish, publish."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from privaci_core.catalog.lock_file import unhandled
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.ddl.create import copy_database_settings, create_objects
from privaci_core.ddl.deferred import store_entries, stored_entries, with_those_left
from privaci_core.ddl.dump import dump_schema
from privaci_core.ddl.dump_ahead import dump_of
from privaci_core.ddl.event_triggers import states_to_give
from privaci_core.ddl.exclusions import added_at_once
from privaci_core.ddl.finish import Orphans, copy_sequences, finish_objects, populated_matviews
from privaci_core.ddl.prune import without_secrets, without_tables
from privaci_core.loading.copy import EVERYTHING, Copy, Options, Report
from privaci_core.loading.streams import load_tables
from privaci_core.plan.references import unmatched_notes
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name, table_name
from privaci_core.postgres.session import Connection, target_session
from privaci_core.postgres.write_counters import counters_without
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.references import references_in
from privaci_core.prove.rows import prove_rows
from privaci_core.refresh.exchange import exchange
from privaci_core.refresh.files import begin_with_files, files_published
from privaci_core.refresh.open import opened
from privaci_core.refresh.orphans import refuse_orphans, settle_orphans
from privaci_core.refresh.selection import refuse_unsuitable
from privaci_core.stream.large_objects import copy_large_objects
from privaci_core.target.audit_trail import carry_trail
from privaci_core.target.claim import NEW, Claim
from privaci_core.target.cuts import record_cuts
from privaci_core.target.fence import fence, recorded_access, unfence
from privaci_core.target.ledger_store import begin_ledger
from privaci_core.target.make_room import (
    drop_all,
    make_room,
    refuse_unsafe_target,
    tables_with_rows,
    truncate_tables,
)
from privaci_core.target.moment import record_moment
from privaci_core.target.swap import create_beside, drop_left_beside, swap_in
from privaci_core.target.test_runs import carry_runs, note_on_runs, open_runs
from privaci_core.target.trail_digest import add_sealed
from privaci_core.target.unfinished import (
    mark_finished,
    record_finishing,
    record_objects_created,
    reopen_for_rows,
    was_emptied,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.loading.connections import Connections
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Policy
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_core.target.access import Access
    from privaci_core.target.audit_trail import Entry


def copy_database(
    source_dsn: str,
    target_dsn: str,
    policy: Policy,
    keys: Keys,
    options: Options = EVERYTHING,
    claim: Claim = NEW,
) -> Report:
    """Copy all that a snapshot shows, or the tables that are claimed, and publish them."""
    begun = time.monotonic()
    with opened(source_dsn, target_dsn, policy, keys, options, claim) as refresh:
        copy, connections, earlier = refresh.copy, refresh.connections, refresh.earlier
        notes = create_target(copy, connections.source, earlier)
        tables = load_tables(copy, connections, copy.plan.tables)
        loaded = {table.name: rows for table, rows in tables}
        connections.sessions.close()
        notes += finish_target(copy, connections.source, earlier)
        prove_rows(Evidence(copy=copy, source=connections.source))
        with files_published(copy):
            publish_target(copy, connections)
    return Report(
        tables=loaded,
        notes=notes,
        masked_columns=copy.plan.masked_columns,
        seconds=time.monotonic() - begun,
    )


def create_target(copy: Copy, source: Connection, earlier: EarlierRun) -> tuple[str, ...]:
    """Refuse a target that must not be written, make room, and create what rows need."""
    if earlier.resumes:
        _keep_others_out(copy)
        resumed = "RESUMED: an earlier run of this refresh created the target's tables"
        return (resumed, *_to_review(copy))
    notes = _create_target(copy, source, earlier)
    begin_with_files(copy, earlier)
    with target_session(copy.ends.target, autocommit=True) as target:
        record_moment(target, copy.plan.moment)
        record_cuts(target, copy.cuts)
        record_objects_created(target)
    return notes


def _create_target(copy: Copy, source: Connection, earlier: EarlierRun) -> tuple[str, ...]:
    tables = [(table.schema, table.relation) for table in copy.plan.tables]
    with target_session(copy.live, autocommit=True) as target:
        refuse_unreadable(source, tables)
        refuse_unsafe_target(source, target)
        drop_left_beside(target, copy.live, "tables")
        runs = open_runs(target)
        truncates = copy.policy.on_existing_data == "truncate" and not copy.is_beside
        stays = earlier.unchanged and not copy.is_beside
        if stays or (truncates and (tables_with_rows(target) or was_emptied(target))):
            return note_on_runs(runs) + _truncate_target(copy, target, earlier)
    if copy.selection:
        refuse_unsuitable(copy)
    if copy.is_beside:
        create_beside(copy.live, copy.word)
    with target_session(copy.ends.target, autocommit=True) as target:
        return note_on_runs(runs) + _create_objects(copy, target)


def _keep_others_out(copy: Copy) -> None:
    """Close the target again, if an earlier version or a person opened it; a swap's never was."""
    if not copy.is_beside:
        with target_session(copy.ends.target, autocommit=True) as target:
            fence(target)


def _create_objects(copy: Copy, target: Connection) -> tuple[str, ...]:
    """Create the source's objects that rows need, and record the others for after the rows."""
    version = copy.catalog.server_version
    dump = dump_of(copy.ends.source, version, copy.ends.snapshot, copy.options.of_dump)
    safe, secrets = without_secrets(dump)
    wanted, excluded = without_tables(safe, copy.plan.excluded)
    make_room(target, copy.policy.on_existing_data, copy.mark)
    begin_ledger(target, copy.mark.refresh, copy.mark.ledger_key)
    store_entries(target, added_at_once(wanted))
    if not copy.catalog.has_public:
        target.execute("DROP SCHEMA public")
    notes = secrets + excluded + unhandled(copy.catalog) + _to_review(copy)
    return notes + create_objects(target, wanted.pre_data)


def _truncate_target(copy: Copy, target: Connection, earlier: EarlierRun) -> tuple[str, ...]:
    """Empty the target's tables but unchanged ones, and record its indexes and keys for later."""
    # An unfinished refresh has left them disabled: that is not the state of their own.
    for state in states_to_give(target):
        target.execute(state.encode())
    own = dump_schema(copy.live, target.info.server_version, None)
    after_rows = with_those_left(target, own)
    tables = {
        (table.schema, table.relation): (*table.leading, *table.carried)
        for table in copy.plan.tables
    }
    unchanged = [
        (table.schema, table.relation)
        for table in copy.plan.tables
        if copy.root_of(table) in earlier.unchanged
    ]
    truncate_tables(target, tables, own.drops, copy.mark, unchanged)
    kept = [table_name(schema, name) for schema, name in unchanged]
    begin_ledger(target, copy.mark.refresh, copy.mark.ledger_key, kept)
    store_entries(target, after_rows)
    return _to_review(copy)


def _to_review(copy: Copy) -> tuple[str, ...]:
    """Notes on columns that a person should look at."""
    unmatched = unmatched_notes(copy.plan, copy.catalog)
    return (*_suspected(copy.plan), *copy.plan.warnings, *unmatched)


def _suspected(plan: Plan) -> tuple[str, ...]:
    """A note for each column that looks personal and is copied unmasked."""
    return tuple(
        f"COLUMN {column_name(table, column)}: looks personal and is copied unmasked:"
        f" {found.kind} ({found.confidence}: {found.evidence})"
        for table, column, found in plan.suspected
        if found.confidence != "low"
    )


def drop_finished(target_dsn: str) -> None:
    """Drop indexes, keys and triggers that an earlier run built: no trigger may see more rows."""
    with (
        target_session(target_dsn) as target,
        driver_errors("Dropping indexes and keys before more rows are loaded"),
    ):
        if reopen_for_rows(target):
            drop_all(target, dump_schema(target_dsn, target.info.server_version, None).drops)
        target.commit()


def finish_target(copy: Copy, source: Connection, earlier: EarlierRun) -> tuple[str, ...]:
    """Build indexes, keys and triggers after the rows; the target stays marked unfinished.

    Tables of a selection keep theirs: their rows are exchanged later.
    """
    if copy.selection:
        return ()
    sequences = ((sequence.schema, sequence.name) for sequence in copy.catalog.sequences)
    with target_session(copy.ends.target, autocommit=True) as target:
        record_finishing(target)
        copy_sequences(source, target, sequences)
        notes = copy_large_objects(source, target, acl=copy.options.acl)
        entries = stored_entries(target)
    notes += finish_objects(
        copy.ends.target,
        entries,
        populated_matviews(source),
        _orphans(copy, source),
        again=earlier.resumes,
    )
    with target_session(copy.ends.target, autocommit=True) as target:
        return notes + copy_database_settings(source, target)


def _orphans(copy: Copy, source: Connection) -> Orphans:
    """Orphans are left out or become NULL where the policy says so, and are refused elsewhere."""
    return Orphans(
        settle=lambda target: settle_orphans(
            copy, source, target, lambda keys: refuse_orphans(copy, target, keys)
        ),
        refuse=lambda target: refuse_orphans(copy, target, references_in(source)),
    )


def publish_target(
    copy: Copy, connections: Connections, trail: Sequence[Entry] = ()
) -> WriteCounters:
    """Remove the unfinished mark, and swap in a target that was loaded beside the live one.

    Returns the write counters of the target's tables; a later refresh compares them.
    """
    if copy.selection:
        return exchange(copy, connections, trail)
    writers = connections.sessions.close()
    with target_session(copy.ends.target, autocommit=True) as target:
        counters = counters_without(target, writers)
        access = _carried_over(copy, target)
        with target.transaction():
            _open_to_people(target, trail)
    if copy.swaps:
        if connections.lock is not None:
            connections.lock.close_inner()
        swap_in(copy.live, access)
    return counters


def _carried_over(copy: Copy, target: Connection) -> Access | None:
    """Copy the trail into a database to be swapped in; returns the rights of a closed target."""
    if not copy.swaps:
        return None
    with target_session(copy.live, autocommit=True) as old:
        carry_trail(old, target)
        carry_runs(old, target)
        return recorded_access(old)


def _open_to_people(target: Connection, trail: Sequence[Entry]) -> None:
    """End the trail, the fence and the unfinished mark; event triggers fire from now on."""
    states = states_to_give(target)
    if trail:
        add_sealed(target, trail)
    unfence(target)
    mark_finished(target)
    for state in states:
        target.execute(state.encode())
