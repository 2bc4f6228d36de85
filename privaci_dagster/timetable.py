"""Gives tables the times at which Dagster loads them by itself, by patterns of their names."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.errors import PreflightError
from privaci_core.policy import split_relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READING = "Reading `automation`"


def condition_of(
    table: str, automation: Mapping[str, str], timezone: str
) -> dg.AutomationCondition[Any] | None:
    """When a table is loaded by itself: at the times of the first pattern that it matches.

    Dagster's own `on_cron` waits for the assets that a table depends on; the source's are never
    materialized, and the target's schema is only made by a whole refresh.
    """
    cron = next((cron for name, cron in automation.items() if _matches(table, name)), None)
    if cron is None:
        return None
    passed: dg.AutomationCondition[Any] = dg.AutomationCondition.cron_tick_passed(cron, timezone)
    condition = passed.since_last_handled() & ~dg.AutomationCondition.in_progress()
    return condition.with_label(f"at {cron} ({timezone})")


def _matches(table: str, pattern: str) -> bool:
    """Whether a pattern matches the name of a table, with its quotes or without."""
    bare = ".".join(split_relation(table) or ())
    return fnmatchcase(table, pattern) or fnmatchcase(bare, pattern)


def refuse_unknown(automation: Mapping[str, str], tables: Iterable[str]) -> None:
    """Refuse a pattern that matches no table, and times that are none."""
    known = list(tables)
    for pattern, cron in automation.items():
        if not any(_matches(table, pattern) for table in known):
            raise PreflightError(
                READING,
                f"no table of the lock file matches {pattern}",
                "Write names as schema.table; * stands for any letters.",
            )
        try:
            # The condition itself would fail with words for Dagster's own developers.
            dg.ScheduleDefinition(name="tried", job_name="none", cron_schedule=cron)
        except dg.DagsterInvalidDefinitionError:
            raise PreflightError(
                READING,
                f"{cron} of {pattern} is not a time",
                'Write it as cron does: "@hourly", or "0 3 * * *".',
            ) from None
