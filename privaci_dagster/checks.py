"""Asset checks: what is proved about a copy before anybody may use it, in counts and names alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.prove.verdicts import (
    compared_rows,
    differing_rows,
    missing_keys,
    passed_on,
    spilled_values,
)
from privaci_dagster.failures import told
from privaci_dagster.refresh import RESOURCE, refresh_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_core.prove.compare_rows import Compared
    from privaci_dagster.asset_keys import Names

MOST_NAMES = 10
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def build_checks(names: Names) -> list[dg.AssetChecksDefinition]:
    """The checks of a refresh: all but the last must pass before `target/published`."""
    on = _On(names)
    return [
        _same_rows(on),
        _rows_are_masked(on),
        _no_originals(on),
        _keys_hold(on),
        _all_columns_reviewed(on),
    ]


@dataclass(frozen=True, slots=True)
class _On:
    """What the checks of one database are about."""

    names: Names

    def check(self, *, blocking: bool = True) -> Callable[..., dg.AssetChecksDefinition]:
        """A check of ours, on the asset that completes the target."""
        return dg.asset_check(
            asset=self.names.constraints,
            blocking=blocking,
            required_resource_keys={self.names.of(RESOURCE)},
        )


def _same_rows(on: _On) -> dg.AssetChecksDefinition:
    @on.check()
    def same_rows() -> dg.AssetCheckResult:
        """Every table holds as many rows as the snapshot of the source that it was read from."""
        with told():
            copy = refresh_of(dg.AssetCheckExecutionContext.get(), on.names).copy_under_way()
            different = {name: list(pair) for name, pair in differing_rows(copy).items()}
        return _result(different, tables=len(copy.plan.tables))

    return same_rows


def _rows_are_masked(on: _On) -> dg.AssetChecksDefinition:
    @on.check()
    def rows_are_masked() -> dg.AssetCheckResult:
        """Some rows of every table, found by their keys: what is masked is another value, the rest is as it was."""
        with told():
            found = compared_rows(
                refresh_of(dg.AssetCheckExecutionContext.get(), on.names).copy_under_way()
            )
        compared = {name: some for name, some in found.items() if some is not None}
        wrong = {name: some.wrong for name, some in compared.items() if not some.holds}
        rows = sum(some.rows for some in compared.values())
        masked = sum(sum(some.masked.values()) for some in compared.values())
        without = sorted(set(found) - set(compared))
        return _result(
            wrong,
            rows=rows,
            masked_values=masked,
            tables_without_a_key=without,
            change_rates=_change_rates(compared),
        )

    return rows_are_masked


def _change_rates(compared: Mapping[str, Compared]) -> dict[str, float]:
    """Which share of the values that were looked at is another one in the target, by column."""
    rates = {}
    for table, some in compared.items():
        for column in sorted({*some.masked, *some.kept}):
            changed, kept = some.masked.get(column, 0), some.kept.get(column, 0)
            rates[f"{table}.{column}"] = round(changed / (changed + kept), 4)
    return rates


def _no_originals(on: _On) -> dg.AssetChecksDefinition:
    @on.check()
    def no_originals() -> dg.AssetCheckResult:
        """No original of a masked column stands anywhere in the target: in no text, document, comment or definition."""
        with told():
            refresh = refresh_of(dg.AssetCheckExecutionContext.get(), on.names)
            copy = refresh.copy_under_way()
            found = spilled_values(copy, refresh.probe_rows)
            meant = passed_on(copy)
        wrong = {where: count for where, count in found.items() if where not in meant}
        # A person has said that the column is copied as it is: it is told, and stops nobody.
        severity = ERROR if wrong or not found else WARN
        return _result(found, severity=severity, rows_of_a_table_at_most=refresh.probe_rows)

    return no_originals


def _keys_hold(on: _On) -> dg.AssetChecksDefinition:
    @on.check()
    def keys_hold() -> dg.AssetCheckResult:
        """Every key, unique index and validated foreign key of the source is in the target, and valid."""
        with told():
            missing = missing_keys(
                refresh_of(dg.AssetCheckExecutionContext.get(), on.names).copy_under_way()
            )
        return _result(dict.fromkeys(missing, 1))

    return keys_hold


def _all_columns_reviewed(on: _On) -> dg.AssetChecksDefinition:
    @on.check(blocking=False)
    def all_columns_reviewed() -> dg.AssetCheckResult:
        """No column that nobody listed may be personal and was copied as it is."""
        with told():
            suspected = (
                refresh_of(dg.AssetCheckExecutionContext.get(), on.names)
                .copy_under_way()
                .plan.suspected
            )
        open_ones = {
            f"{t}.{c}": f"{s.kind} ({s.evidence})" for t, c, s in suspected if s.confidence != "low"
        }
        return _result(open_ones, severity=WARN)

    return all_columns_reviewed


def _result(
    wrong: Mapping[str, object],
    severity: dg.AssetCheckSeverity = ERROR,
    **more: int | list[str] | dict[str, float],
) -> dg.AssetCheckResult:
    """What was found, by name; the check passed where that is nothing."""
    told_as = {
        name: value if isinstance(value, int) else dg.MetadataValue.json(value)
        for name, value in more.items()
    }
    metadata = {"different": dg.MetadataValue.json(dict(wrong)), **told_as}
    return dg.AssetCheckResult(
        passed=not wrong, severity=severity, metadata=metadata, description=_in_words(wrong)
    )


def _in_words(wrong: Mapping[str, object]) -> str:
    """What the page of the check says before anybody opens its metadata: names, and counts where they are."""
    if not wrong:
        return "Nothing is wrong."
    named = [
        f"{name}: {found}" if isinstance(found, int | str) else name
        for name, found in wrong.items()
    ]
    more = f", and {len(named) - MOST_NAMES} more" if len(named) > MOST_NAMES else ""
    return ", ".join(named[:MOST_NAMES]) + more
