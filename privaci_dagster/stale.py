"""Says how old a backup may become before it is stale, from the times at which one is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

# Off until a person switches it on, or names another time.
BACKUP_AT = "0 5 * * *"
HOUR, DAY, SLACK = timedelta(hours=1), timedelta(days=1), timedelta(hours=12)
# So many times in a row show every gap of a week and of a month.
TIMES = 100


def stale_after(cron: str) -> timedelta:
    """Half a day more than the longest time between two backups, and a day and a half at least."""
    times = dg.TimeWindowPartitionsDefinition(
        start=datetime(2025, 1, 1, tzinfo=UTC),
        cron_schedule=cron or BACKUP_AT,
        fmt="%Y-%m-%dT%H:%M",
    )
    longest, window = DAY, times.get_first_partition_window()
    # Shorter ones would take long to list.
    for _ in range(TIMES):
        if window is None or window.end - window.start < HOUR:
            break
        longest = max(longest, window.end - window.start)
        window = times.get_next_partition_window(window.end)
    return longest + SLACK
