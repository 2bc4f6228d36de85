"""Exchanges the rows of the tables that a run names alone, in the first of its steps.

Dagster would show a table as materialized before readers see its new rows, if each step told of
what it loaded beside the target. So the first step loads, proves and exchanges all of them; the
other steps of the run tell what became of theirs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.errors import CopyError
from privaci_core.loading.copy import leaves_by_root
from privaci_core.plan.show import lines_of
from privaci_core.prove.checks import CHECKS
from privaci_core.refresh.one_exchange import one_exchange
from privaci_core.refresh.resume import load_rest
from privaci_core.refresh.steps import create_target
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.check_results import ERROR, result_of
from privaci_dagster.chunk_events import told
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.history import (
    CheckRecord,
    History,
    StepRecord,
    fingerprints_of,
    started_by,
)
from privaci_dagster.keep_unchanged import DATA_VERSION_TAG
from privaci_dagster.labels import DEFINITIONS, PARTS, REFRESH, UNCHANGED, WRITE_COUNTERS
from privaci_dagster.publishing import published_with_proof
from privaci_dagster.refusal import LATEST_ATTEMPT, note_refusal
from privaci_dagster.table_checks import record_tables
from privaci_dagster.table_metadata import table_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.catalog.lock_file import LockedTable
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.refresh.open import Opened
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.refresh import Refresh

ROW_COUNT = "dagster/row_count"
# By the names of tables.
Metadata = dict[str, dict[str, Any]]


def exchanged_tables(
    context: dg.AssetExecutionContext,
    refresh: Refresh,
    tables: Sequence[LockedTable],
    everything: Mapping[str, LockedTable],
    names: Names,
) -> Iterator[dg.MaterializeResult[None]]:
    """What Dagster is to know of these tables; `everything` are those of the lock file."""
    opened = refresh.open_copy()
    told_of = refresh.exchanged(lambda: _exchange_once(context, refresh, everything, names))
    leaves, copy = leaves_by_root(opened.copy), opened.copy
    hidden = opened.connections.names
    for table in tables:
        if table.qualified not in copy.selection:
            yield _kept(context, copy, names.target(table))
            continue
        version = version_of(copy, hidden, opened.earlier.counters, leaves[table.qualified])
        yield dg.MaterializeResult(
            asset_key=names.target(table),
            metadata=told_of[table.qualified],
            data_version=dg.DataVersion(version),
            tags={REFRESH_TAG: copy.mark.refresh},
        )


def _kept(
    context: dg.AssetExecutionContext, copy: Copy, key: dg.AssetKey
) -> dg.MaterializeResult[None]:
    """What the last load of a table told, whose rows stay."""
    made = last_materialization(context.instance, key)
    version = (made.tags or {}).get(DATA_VERSION_TAG) if made else None
    return dg.MaterializeResult(
        asset_key=key,
        metadata={**(made.metadata if made else {}), UNCHANGED: True},
        data_version=dg.DataVersion(version) if version else None,
        tags={REFRESH_TAG: copy.mark.refresh},
    )


def _exchange_once(
    context: dg.AssetExecutionContext,
    refresh: Refresh,
    everything: Mapping[str, LockedTable],
    names: Names,
) -> Metadata:
    """Exchange the run's tables, unless another process of the run has done it."""
    with one_exchange(refresh.open_copy().copy) as done:
        if done is None:
            return _exchange(context, refresh, everything, names)
        return {table: {ROW_COUNT: found.ledger.rows} for table, found in done.items()}


def _exchange(
    context: dg.AssetExecutionContext,
    refresh: Refresh,
    everything: Mapping[str, LockedTable],
    names: Names,
) -> Metadata:
    """Load, prove and exchange all tables of the run, and tell of those that no step tells of."""
    opened, started = refresh.open_copy(), time.time()
    copy = opened.copy
    create_target(copy, opened.connections.source, opened.earlier)
    loaded = dict(_loaded(context, opened, everything, names))
    facts = fingerprints_of(copy)
    history = History(
        refresh=copy.mark.refresh,
        run=context.run.run_id,
        who=started_by(context.run),
        opened=StepRecord(name="begun", at=started, run=context.run.run_id, metadata=facts),
        tables=tuple(_step(context, name, metadata) for name, metadata in loaded.items()),
        completed=None,
        checks=tuple(_proved(context, refresh, everything, names)),
        plan=lines_of(copy.plan, copy.catalog),
    )
    metadata, counters = published_with_proof(context, refresh, history, names)
    _tell_of_publication(context, copy.mark.refresh, metadata, counters, loaded, names)
    _tell_of_relatives(context, copy.mark.refresh, loaded, everything, names)
    return loaded


def _loaded(
    context: dg.AssetExecutionContext,
    opened: Opened,
    everything: Mapping[str, LockedTable],
    names: Names,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Load each table whole, beside the target."""
    for name, plans in leaves_by_root(opened.copy).items():
        table = everything[name]
        started = time.monotonic()
        loaded = {plan.name: _load(context, opened, names.target(table), plan) for plan in plans}
        seconds = time.monotonic() - started
        yield name, table_metadata(opened, table, names, plans, loaded, seconds)


def _load(
    context: dg.AssetExecutionContext, opened: Opened, key: dg.AssetKey, plan: TablePlan
) -> Any:
    return load_rest(opened, plan, told(context, opened, key, plan), lambda _: True)


def _step(context: dg.AssetExecutionContext, name: str, metadata: dict[str, Any]) -> StepRecord:
    plain = {
        label: getattr(value, "value", value)
        for label, value in metadata.items()
        if not label.startswith("dagster/column")
    }
    return StepRecord(name=name, at=time.time(), run=context.run.run_id, metadata=plain)


def _proved(
    context: dg.AssetExecutionContext,
    refresh: Refresh,
    everything: Mapping[str, LockedTable],
    names: Names,
) -> Iterator[CheckRecord]:
    """The checks of the rows that lie beside the target; a failed one stops the exchange."""
    evidence, refused = refresh.evidence(), []
    for check in CHECKS:
        started, verdict = time.monotonic(), check.verdict(evidence)
        result = result_of(check, verdict, evidence.copy.mark.refresh, time.monotonic() - started)
        if not result.passed and result.severity == ERROR:
            note_refusal(context, refresh, names, check.name)
            refused += check.sentences(verdict)
        metadata = values_of(result.metadata)
        metadata.pop(REFRESH)
        yield CheckRecord(
            name=check.name,
            at=time.time(),
            run=context.run.run_id,
            passed=result.passed,
            severity=result.severity.value,
            metadata=metadata,
        )
    keys = {name: names.target(table) for name, table in everything.items()}
    record_tables(context, evidence, keys, names, refused=bool(refused))
    if refused:
        raise CopyError(
            "Proving the new rows before they are exchanged",
            "\n    - ".join(["the checks refuse them, and the old rows stay", *refused]),
            "Do what the sentences above say, then materialize the tables again.",
        )


def _tell_of_publication(
    context: dg.AssetExecutionContext,
    refresh: str,
    metadata: dict[str, Any],
    counters: Mapping[str, str],
    loaded: Metadata,
    names: Names,
) -> None:
    """The target is published once more, with a proof of its own."""
    before = last_materialization(context.instance, names.published)
    earlier = values_of(before.metadata) if before else {}
    # What was written to other tables since they were published is still unknown to a proof.
    known = dict(earlier.get(WRITE_COUNTERS, {}))
    known |= {
        leaf: counters.get(leaf, "") for each in loaded.values() for leaf in each[PARTS].value
    }
    made = dg.AssetMaterialization(
        names.published,
        metadata={
            **metadata,
            **({DEFINITIONS: earlier[DEFINITIONS]} if DEFINITIONS in earlier else {}),
            WRITE_COUNTERS: dg.MetadataValue.json(known),
            "tables exchanged": ", ".join(sorted(loaded)),
        },
        tags={REFRESH_TAG: refresh},
    )
    context.log_event(made)
    passed = dg.AssetCheckEvaluation(
        asset_key=names.published, check_name=LATEST_ATTEMPT, passed=True, metadata={}
    )
    context.instance.report_runless_asset_event(passed)


def _tell_of_relatives(
    context: dg.AssetExecutionContext,
    refresh: str,
    loaded: Metadata,
    everything: Mapping[str, LockedTable],
    names: Names,
) -> None:
    """Tables that came along have no step in the run."""
    chosen = context.run.asset_selection or frozenset()
    for name, metadata in loaded.items():
        key = names.target(everything[name])
        if key not in chosen:
            tags = {REFRESH_TAG: refresh}
            context.log_event(dg.AssetMaterialization(key, metadata=metadata, tags=tags))
