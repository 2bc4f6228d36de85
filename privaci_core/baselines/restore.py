"""Restores a baseline in one transaction: a target holds all of it, or what it held before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from privaci_core.baselines.kept import found
from privaci_core.baselines.large_objects import refuse_unpublished, restore_large_objects
from privaci_core.baselines.load_tables import load_tables
from privaci_core.baselines.shape import differences_of_shape, shape_of
from privaci_core.catalog.catalog import read_catalog
from privaci_core.ddl.create import roles_of, run_entries, set_database_settings, set_for_ddl
from privaci_core.ddl.dump import Dump, Entry, dump_schema
from privaci_core.ddl.event_triggers import states_of
from privaci_core.ddl.finish import finish_in_session, set_positions
from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.ledgers import recorded_in, wanted
from privaci_core.prove.read_back import read_in
from privaci_core.prove.rows import verdict_of_rows
from privaci_core.stores.extra import DOCS
from privaci_core.target.advisory_lock import locked_target
from privaci_core.target.audit_trail import Entry as Line
from privaci_core.target.audit_trail import add_to_trail, has_order
from privaci_core.target.event_triggers import without_event_triggers
from privaci_core.target.ledger_store import Origin, Part, Stored, put_back_ledgers, stored_ledgers
from privaci_core.target.make_room import drop_all, refuse_unwritable, remove_rows
from privaci_core.target.test_runs import end_runs
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.baselines.manifest import Baseline
    from privaci_core.ddl.create import Setting
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.store import Store

MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought, and what the target lacks for it."""

    baseline: Baseline
    notes: tuple[str, ...]


def restore(dsn: str, store: Store, name: str = "", *, who: str = "") -> Restored:
    """Give a target the rows of a baseline, the newest if none is named.

    A target without tables gets the baseline's own; another must have the same.
    """
    baseline = found(store, name)
    doing = f"Restoring the baseline {baseline.id} into {describe(dsn)}"
    with locked_target(dsn, beside=None), target_session(dsn) as target:
        refuse_unwritable(target, doing)
        refuse_unfinished(target, doing)
        is_empty = _refuse_unsuitable(target, baseline, doing)
        # A damaged object is told of, whether this target needs it or not.
        kept_schema, settings = _kept_schema(store, baseline)
        dump = kept_schema if is_empty else _own_schema(dsn, target)
        with without_event_triggers(target):
            notes = _create(target, dump, baseline) if is_empty else _empty(target, dump)
            load_tables(target, store, baseline)
            notes += tuple(restore_large_objects(target, store, baseline.large_objects))
            notes += _finish(target, dump, baseline)
            put_back_ledgers(target, _kept_ledgers(store, baseline))
            _prove(target, doing)
            if is_empty or has_order(target) is not None:
                add_to_trail(target, [_line(baseline, who)])
        for state in states_of(target, dump.post_data) if is_empty else ():
            target.execute(state.encode())
        # They come last: our own session takes them, too.
        notes += set_database_settings(target, settings if is_empty else ())
        with driver_errors(doing):
            target.commit()
    return Restored(baseline=baseline, notes=notes)


def _refuse_unsuitable(target: Connection, baseline: Baseline, doing: str) -> bool:
    """Refuse a database that no refresh published, or of another shape; True for an empty one."""
    there = shape_of(read_catalog(target))
    if not there:
        refuse_unpublished(target, doing)
        return True
    if not stored_ledgers(target).parts:
        raise PreflightError(
            doing,
            "it holds tables, and no refresh has published it: it may be a source",
            "Name a target that privaci filled, or an empty database.",
            DOCS,
        )
    found_otherwise = list(differences_of_shape(baseline.shape, there))
    if found_otherwise:
        more = len(found_otherwise) - MOST_NAMED
        named = found_otherwise[:MOST_NAMED] + ([f"and {more} more"] if more > 0 else [])
        raise PreflightError(
            doing,
            "\n    - ".join(["its tables differ from the baseline's", *named]),
            "Restore into an empty database, or take a baseline of the new shape.",
            DOCS,
        )
    return False


def _own_schema(dsn: str, target: Connection) -> Dump:
    """The target's own indexes, keys and triggers, which are dropped and built again."""
    return dump_schema(dsn, target.info.server_version, None)


def _kept_schema(store: Store, baseline: Baseline) -> tuple[Dump, list[Setting]]:
    """The objects of the baseline's database, and its settings; earlier versions kept none."""
    content = json.loads(b"".join(store.get(baseline.schema)))
    dump = Dump(
        pre_data=_entries(content["pre_data"]),
        post_data=_entries(content["post_data"]),
        drops=tuple(content["drops"]),
    )
    return dump, [(role, name, value) for role, name, value in content.get("settings", ())]


def _entries(found: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(Entry(**{**each, "needs": tuple(each["needs"])}) for each in found)


def _kept_ledgers(store: Store, baseline: Baseline) -> Stored:
    content = json.loads(b"".join(store.get(baseline.ledgers)))
    parts = tuple(
        Part(**{**part, "origin": Origin(**part["origin"]) if part["origin"] else None})
        for part in content["parts"]
    )
    keys = {refresh: bytes.fromhex(key) for refresh, key in content["keys"].items()}
    return Stored(parts=parts, keys=keys)


def _create(target: Connection, dump: Dump, baseline: Baseline) -> tuple[str, ...]:
    """Create the objects that rows need, in an empty database."""
    set_for_ddl(target)
    if not baseline.has_public:
        target.execute("DROP SCHEMA IF EXISTS public")
    return tuple(run_entries(target, dump.pre_data, roles_of(target)))


def _empty(target: Connection, dump: Dump) -> tuple[str, ...]:
    """Remove what would act on new rows, then all rows; readers wait for the commit from now on."""
    set_for_ddl(target)
    with driver_errors("Emptying the target's tables"):
        drop_all(target, dump.drops)
    # Their rows go with all others.
    end_runs(target)
    remove_rows(target)
    return ()


def _finish(target: Connection, dump: Dump, baseline: Baseline) -> tuple[str, ...]:
    set_positions(
        target,
        [(each.schema, each.name, each.last_value, each.is_called) for each in baseline.positions],
    )
    return tuple(finish_in_session(target, dump.post_data, baseline.matviews))


def _prove(target: Connection, doing: str) -> None:
    """Compare every row that the target holds now with the ledgers, before anybody sees it."""
    catalog = read_catalog(target)
    recorded = recorded_in(target, catalog)
    expected = {table: each.ledger for table, each in recorded.items()}
    wants = {table: wanted(ledger, recorded[table].key) for table, ledger in expected.items()}
    wrong = verdict_of_rows(expected, read_in(target, catalog, wants), []).wrong
    if wrong:
        named = [f"{table}: {why}" for table, why in list(wrong.items())[:MOST_NAMED]]
        raise CopyError(
            doing,
            "\n    - ".join(["its rows are not those that were proved", *named]),
            "The target holds what it held before. Use another baseline.",
            DOCS,
        )


def _line(baseline: Baseline, who: str) -> Line:
    """The line of the trail."""
    return Line(
        refresh=baseline.refreshes[-1] if baseline.refreshes else "",
        run="",
        who=who,
        at=datetime.now(UTC),
        event="restored",
        rows=baseline.rows,
        said=f"baseline {baseline.id}",
    )
