"""Exchanges the rows of some tables of a published target for new ones, in one transaction.

The new rows were loaded into a database beside the target and proved there. Readers see the old
rows until the commit, and the new ones after it; nothing locks them out.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.finish import copy_sequences, populated_matviews
from privaci_core.errors import CopyError, PrivaciError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.encoding import bytes_as_stored
from privaci_core.postgres.names import table_name
from privaci_core.postgres.session import target_session
from privaci_core.postgres.write_counters import counters_without
from privaci_core.prove.references import count_of_orphans, references_in
from privaci_core.refresh.deferrable_keys import refuse_duplicates
from privaci_core.refresh.orphans import REMEDY, settle_orphans
from privaci_core.refresh.selection import DOCS, named
from privaci_core.sql import query
from privaci_core.target.event_triggers import without_event_triggers
from privaci_core.target.ledger_store import replace_ledgers, stored_ledgers
from privaci_core.target.moment import record_moment_of_tables
from privaci_core.target.swap import drop_beside
from privaci_core.target.trail_digest import add_sealed
from privaci_core.target.unfinished import mark_finished, mark_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.loading.connections import Connections
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.target.audit_trail import Entry

    # A foreign key, and the roots of its child and its parent.
    Touching = tuple[ForeignKey, str, str]

LOCK = sql.SQL("LOCK TABLE {} IN {} MODE")
ROWS = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT (FORMAT {})")
INTO = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})")
DOING = "Exchanging the rows of the selected tables"
STATES = {"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}
IDENTITIES = {"d": "DEFAULT", "n": "NOTHING"}
UNFIT = (
    "Refresh the whole once: privaci run. Where a check is NOT VALID in the source, mend the rows"
    " that break it: a whole refresh adds it behind them, an exchange cannot."
)


def exchange(copy: Copy, connections: Connections, trail: Sequence[Entry] = ()) -> WriteCounters:
    """Put the rows of the database beside the target into it, and drop that database."""
    connections.sessions.close()
    with (
        target_session(copy.ends.target, autocommit=True) as beside,
        target_session(copy.live) as target,
        driver_errors(DOING),
    ):
        _exchange(copy, connections.source, beside, target, trail)
        target.commit()
        writers = [target.info.backend_pid]
    # Readers see the new rows: what fails now is no reason to say that they do not.
    with suppress(PrivaciError):
        drop_beside(copy.live, copy.word)
    with suppress(PrivaciError):
        _clean(copy)
    with target_session(copy.live, autocommit=True) as target:
        return counters_without(target, writers)


def _exchange(
    copy: Copy, source: Connection, beside: Connection, target: Connection, trail: Sequence[Entry]
) -> None:
    """All that the transaction does, in the order that lets a failure leave no trace."""
    target.execute("SET LOCAL session_replication_role = replica")
    tables = sorted(copy.plan.tables, key=lambda table: table.name)
    keys = _touching(copy, target)
    _lock(copy, target, keys)
    with without_event_triggers(target):
        # The ledger's statements take the refresh from the mark, which no other session sees.
        mark_unfinished(target, copy.mark)
        replace_ledgers(target, [table.name for table in tables], stored_ledgers(beside))
        with _silent(copy, target, tables):
            for table in tables:
                _replace_rows(beside, target, table)
            settle_orphans(
                copy,
                source,
                target,
                lambda own: _refuse_orphans(
                    copy, target, [each for each in keys if each[0] in own]
                ),
            )
        _refuse_orphans(copy, target, keys)
        refuse_duplicates(target, tables, DOING)
        _refresh_matviews(target, tables)
        record_moment_of_tables(
            target, [(table.name, table.moment) for table in tables if table.moment]
        )
        mark_finished(target)
        if trail:
            add_sealed(target, trail)
    # A sequence's position outlives a rollback: it comes last.
    copy_sequences(source, target, _sequences(target, tables))


def _touching(copy: Copy, target: Connection) -> list[Touching]:
    """The foreign keys of the selected tables, each with the roots of its child and its parent."""
    found = []
    for key in references_in(target):
        child, parent = (_root(copy, *end) for end in _ends(key))
        if {child, parent} & copy.selection:
            found.append((key, child, parent))
    return found


def _lock(copy: Copy, target: Connection, keys: Sequence[Touching]) -> None:
    """Let no other session write to these tables, nor to those that keys join them with.

    Triggers of keys are silent, so nothing else keeps a referenced row from being deleted.
    """
    modes = {(table.schema, table.relation): "SHARE ROW EXCLUSIVE" for table in copy.plan.tables}
    for key, _, _ in keys:
        for end in _ends(key):
            modes.setdefault(end, "SHARE")
    # In one order, so that two exchanges do not wait for one another.
    for name in sorted(modes):
        target.execute(LOCK.format(sql.Identifier(*name), sql.SQL(modes[name])))


def _replace_rows(beside: Connection, target: Connection, table: TablePlan) -> None:
    """Delete the rows of one table and send its new ones from server to server, as they are."""
    target.execute(sql.SQL("DELETE FROM ONLY {}").format(table.identifier))
    form = sql.SQL(table.format)
    rows = ROWS.format(table.columns, table.identifier, form)
    into = INTO.format(table.identifier, table.columns, form)
    with (
        driver_errors(f"Exchanging the rows of {table.name}", UNFIT),
        bytes_as_stored(beside),
        bytes_as_stored(target),
        beside.cursor().copy(rows.as_bytes(beside)) as found,
        target.cursor().copy(into.as_bytes(target)) as sent,
    ):
        for block in found:
            sent.write(block)


@contextmanager
def _silent(copy: Copy, target: Connection, tables: Sequence[TablePlan]) -> Iterator[None]:
    """Disable the triggers and rules that fire whatever the session's role is."""
    # Orphans are set to NULL by an update of the whole table, whose own triggers fire too.
    above = {each for table in tables for each in copy.catalog.lineage(copy.relation_of(table))}
    names = [relation.identifier.as_string(target) for relation in above]
    loud = target.execute(query("loud_triggers_and_rules"), [names, names]).fetchall()
    for what, name, schema, relation, _ in loud:
        _alter(target, "DISABLE", (what, name, schema, relation))
    unnamed = target.execute(query("published_without_identity"), [names]).fetchall()
    for schema, relation, _ in unnamed:
        _name_rows(target, (schema, relation), "FULL")
    yield
    for schema, relation, state in unnamed:
        _name_rows(target, (schema, relation), IDENTITIES[state])
    for what, name, schema, relation, state in loud:
        _alter(target, STATES[state], (what, name, schema, relation))


def _name_rows(target: Connection, name: tuple[str, str], by: str) -> None:
    """Say what names a row in a publication, without which Postgres deletes none."""
    statement = sql.SQL("ALTER TABLE ONLY {} REPLICA IDENTITY {}")
    target.execute(statement.format(sql.Identifier(*name), sql.SQL(by)))


def _alter(target: Connection, state: str, each: tuple[str, str, str, str]) -> None:
    what, name, schema, relation = each
    statement = sql.SQL("ALTER TABLE ONLY {} {} {} {}").format(
        sql.Identifier(schema, relation), sql.SQL(state), sql.SQL(what), sql.Identifier(name)
    )
    target.execute(statement)


def _refuse_orphans(copy: Copy, target: Connection, keys: Sequence[Touching]) -> None:
    """Refuse rows whose references lead to nothing now, and name the tables to take along."""
    more: dict[str, set[str]] = {"--with-parents": set(), "--with-children": set()}
    lines = []
    for key, child, parent in keys:
        (count,) = target.execute(count_of_orphans(key)).fetchone() or (0,)
        if count:
            lines.append(f"{key.name}: {count:,} rows of {child} refer to nothing in {parent}")
            if parent not in copy.selection:
                more["--with-parents"].add(parent)
            elif child not in copy.selection:
                more["--with-children"].add(child)
    if lines:
        ways = [f"{way} ({named(found)})" for way, found in more.items() if found]
        along = f"Take along what these keys need: {' and '.join(ways)}; or refresh the whole."
        raise CopyError(
            DOING,
            "\n    - ".join(["references would dangle, and the old rows stay", *lines]),
            along if ways else REMEDY,
            DOCS,
        )


def _ends(key: ForeignKey) -> tuple[tuple[str, str], tuple[str, str]]:
    return (key.child_schema, key.child), (key.parent_schema, key.parent)


def _root(copy: Copy, schema: str, name: str) -> str:
    table = table_name(schema, name)
    relation = copy.catalog.by_name.get(table)
    return copy.catalog.root(relation).qualified if relation else table


def _refresh_matviews(target: Connection, tables: Sequence[TablePlan]) -> None:
    """Compute again the populated materialized views that read these tables."""
    names = [table.identifier.as_string(target) for table in tables]
    readers = set(target.execute(query("matviews_that_read"), [names]).fetchall())
    for schema, name in populated_matviews(target):
        if (schema, name) in readers:
            view = sql.Identifier(schema, name)
            target.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(view))


def _sequences(target: Connection, tables: Sequence[TablePlan]) -> list[tuple[str, str]]:
    """The sequences that these tables own."""
    names = [table.identifier.as_string(target) for table in tables]
    return target.execute(query("owned_sequences"), [names]).fetchall()


def _clean(copy: Copy) -> None:
    """Make room where the old rows were, and tell the planner of the new ones."""
    with target_session(copy.live, autocommit=True) as target:
        for table in copy.plan.tables:
            with driver_errors(f"Vacuuming {table.name}"):
                target.execute(sql.SQL("VACUUM (ANALYZE) {}").format(table.identifier))
