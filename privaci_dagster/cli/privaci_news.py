"""Leaves out of a run's events what says nothing new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_dagster.cli.privaci_names import told_of
from privaci_dagster.failures import UNEXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

    from privaci_dagster.cli.privaci_names import Told

# A table of many chunks is told of at most so often.
PROGRESS_SECONDS = 2.0


@dataclass(kw_only=True)
class News:
    """What was told of a run already."""

    _known: set[tuple[str, ...]] = field(default_factory=set)
    _progress: dict[tuple[str, str], float] = field(default_factory=dict)
    _has_failed: bool = False

    def of(self, entry: dg.EventLogEntry) -> Iterator[Told]:
        """What an event of Dagster's says that is new."""
        return filter(self._is_new, told_of(entry))

    def _is_new(self, each: Told) -> bool:
        about = each.about
        table = (about.get("schema_name", ""), about.get("table_name", ""))
        match each.event:
            case "error":
                # The step that waits for a failed check fails after it, without a word.
                repeats = self._has_failed and about["message"] == UNEXPECTED
                self._has_failed = True
                return not repeats
            case "table.progress":
                is_new = each.at - self._progress.get(table, 0.0) >= PROGRESS_SECONDS
                self._progress |= {table: each.at} if is_new else {}
                return is_new
            case "table.start" | "table.end" | "column.masked":
                # Dagster stores a table's end for each slice that the run names.
                known = (each.event, *table, about.get("column_name", ""))
                is_new = known not in self._known
                self._known.add(known)
                return is_new
        return True
