"""Writes the history of a refresh as entries of the audit trail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from privaci_core.target.audit_trail import Entry
from privaci_dagster.labels import POLICY_DIGEST, SALT_DIGEST, SCHEMA_DIGEST, SOURCE_DIGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.target.audit_trail import Event
    from privaci_dagster.history import CheckRecord, History

# The names under which the view of runs reads them.
FACTS = {
    "config_hash": POLICY_DIGEST,
    "salt_fingerprint": SALT_DIGEST,
    "source_db_hash": SOURCE_DIGEST,
    "schema_fingerprint": SCHEMA_DIGEST,
}


def trail_of(history: History) -> tuple[Entry, ...]:
    """The entries of a refresh that is about to be published."""
    now = datetime.now(UTC).timestamp()
    started = history.opened.at if history.opened else now
    writer = _Writer(history=history)
    return (
        writer.entry("begun", started, said=_made_of(history)),
        *writer.tables(),
        *writer.columns(started),
        *(writer.entry("warning", started, said=note) for note in history.notes),
        *(writer.check(check) for check in history.asked_checks),
        writer.entry("published", now),
    )


def _made_of(history: History) -> str:
    """What went into the refresh, as JSON; empty where its first step did not tell."""
    known = history.opened.metadata if history.opened else {}
    facts = {name: known[label] for name, label in FACTS.items() if label in known}
    return json.dumps({"engine_version": version("privaci-dagster"), **facts}) if facts else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes entries of one refresh."""

    history: History

    def entry(self, event: Event, at: float, **more: Any) -> Entry:
        """One entry, with what all entries of the refresh have in common."""
        refresh, run, who = self.history.refresh, self.history.run, self.history.who
        when = datetime.fromtimestamp(at, UTC)
        return Entry(refresh=refresh, run=run, who=who, at=when, event=event, **more)

    def tables(self) -> Iterator[Entry]:
        """An entry for each table, with its rows."""
        rows = self._rows()
        for step in self.history.tables:
            yield self.entry("table loaded", step.at, relation=step.name, rows=rows[step.name])

    def columns(self, at: float) -> Iterator[Entry]:
        """An entry for each masked column, with what masks it, and why."""
        rows = self._rows()
        for line in self.history.plan:
            if line.masks:
                yield self.entry(
                    "column masked",
                    at,
                    relation=line.table,
                    column=line.column,
                    rule=line.action,
                    reason=line.reason,
                    rows=rows.get(line.table),
                )

    def check(self, check: CheckRecord) -> Entry:
        """The entry of a check, with its verdict."""
        verdict = "passed" if check.passed else f"failed: {check.severity}"
        return self.entry("check", check.at, rule=check.name, said=verdict)

    def _rows(self) -> dict[str, int]:
        tables = self.history.tables
        return {step.name: int(step.metadata.get("dagster/row_count", 0)) for step in tables}
