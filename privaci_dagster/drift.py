"""Tells Dagster how the source differs from its lock file: by a check of each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.plan.markdown import plain, sentence
from privaci_dagster.event_log import latest_evaluations, values_of
from privaci_dagster.labels import AWAITING_REVIEW, CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.plan.drift import Change
    from privaci_dagster.asset_keys import Names

AS_REVIEWED = "as_reviewed"
GREEN = "The source is as its lock file says."


def specs_of(lock: Lock, names: Names) -> list[dg.AssetCheckSpec]:
    """The checks of all tables of the source."""
    return [
        dg.AssetCheckSpec(
            AS_REVIEWED,
            asset=names.source(table),
            description=f"{plain(table.qualified)} is as it was reviewed: as the lock file says.",
        )
        for table in lock.tables
    ]


def results_of(
    changes: Iterable[Change], lock: Lock, names: Names
) -> dict[dg.AssetKey, dg.AssetCheckEvaluation]:
    """The state of every table, and of new ones together: they have no asset but the schema's."""
    keys = {table.qualified: names.source(table) for table in lock.tables}
    found: dict[dg.AssetKey, list[Change]] = {key: [] for key in [*keys.values(), names.schema]}
    for change in changes:
        found[keys.get(change.table, names.schema)].append(change)
    return {key: _evaluation(key, of_table) for key, of_table in found.items()}


def news(
    instance: dg.DagsterInstance, results: Mapping[dg.AssetKey, dg.AssetCheckEvaluation]
) -> Iterator[dg.AssetCheckEvaluation]:
    """The results that differ from what Dagster was told last."""
    known = _known(instance, results)
    yield from (result for key, result in results.items() if _is_news(result, known.get(key)))


def report_drift(
    instance: dg.DagsterInstance, changes: Sequence[Change], lock: Lock, names: Names
) -> None:
    """Tell what a run found: tables that changed, and those that changed back.

    A table that was never reported stays so while it is as reviewed: a run of many tables must not
    cost an event for each. The sensor tells of all of them, once.
    """
    results = results_of(changes, lock, names)
    known = _known(instance, results)
    for key, result in results.items():
        if _is_news(result, known.get(key)) and not (result.passed and key not in known):
            instance.report_runless_asset_event(result)


def _known(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]
) -> Mapping[dg.AssetKey, dg.AssetCheckEvaluation]:
    """What Dagster was told last of each table; one query."""
    return latest_evaluations(instance, [dg.AssetCheckKey(key, AS_REVIEWED) for key in keys])


def _is_news(result: dg.AssetCheckEvaluation, last: dg.AssetCheckEvaluation | None) -> bool:
    return last is None or _changes_in(last) != _changes_in(result)


def _evaluation(key: dg.AssetKey, changes: Sequence[Change]) -> dg.AssetCheckEvaluation:
    """The state of one table; a change that waits for a review is an error."""
    awaiting = sum(change.blocks for change in changes)
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=AS_REVIEWED,
        passed=not changes,
        severity=dg.AssetCheckSeverity.ERROR if awaiting else dg.AssetCheckSeverity.WARN,
        description="\n".join(sentence(change.sentence) for change in changes) or GREEN,
        metadata={
            CHANGES: dg.MetadataValue.json([str(change) for change in changes]),
            AWAITING_REVIEW: awaiting,
        },
    )


def _changes_in(evaluation: dg.AssetCheckEvaluation) -> tuple[bool, object]:
    return evaluation.passed, values_of(evaluation.metadata).get(CHANGES)
