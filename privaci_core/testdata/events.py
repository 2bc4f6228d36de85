"""Keeps the trail of test data in the target: every step of a request and of a reset, append-only.

An event holds names, keys and counts; no token, and no value but keys of masked rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from privaci_core.errors import PrivaciError

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

Action = Literal[
    "request_received",
    "plan_resolved",
    "validators_passed",
    "plan_rejected",
    "seed_started",
    "seed_completed",
    "seed_failed",
    "fixtures_rendered",
    "catalog_recorded",
    "reset_started",
    "reset_completed",
    "reset_refused",
    "expired",
    "baseline_kept",
    "baseline_restored",
    "baseline_refused",
]
Status = Literal["ok", "failed", "refused"]
COLUMNS = "at, run, request, scenario, invoker, action, status, inputs, outputs, requirement_ids"
# One statement for all events of a step, in their order.
ADD = f"""
INSERT INTO _privaci.test_event ({COLUMNS})
SELECT {COLUMNS} FROM ROWS FROM (pg_catalog.jsonb_to_recordset(%s) AS (
    at timestamptz, run text, request text, scenario text, invoker text, action text, status text,
    inputs jsonb, outputs jsonb, requirement_ids text[])) WITH ORDINALITY
    AS events ({COLUMNS}, place)
ORDER BY place
"""  # noqa: S608 - names of columns alone
READ = f"SELECT {COLUMNS} FROM _privaci.test_event WHERE run = %s ORDER BY place"  # noqa: S608 - see above


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a run."""

    run: str
    action: Action
    status: Status
    invoker: str
    request: str = ""
    scenario: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    requirement_ids: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The event as JSON has it."""
        return {
            "run": self.run,
            "request": self.request,
            "scenario": self.scenario,
            "at": self.at.isoformat(),
            "action": self.action,
            "status": self.status,
            "invoker": self.invoker,
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
            "requirement_ids": list(self.requirement_ids),
        }


# Hears the events of a transaction before it commits; if it fails, the transaction does.
Outlet = Callable[[Sequence[Event]], None]


@dataclass(slots=True)
class Trail:
    """Gathers the events of one request or reset, with what they have in common."""

    run: str
    invoker: str
    request: str = ""
    scenario: str = ""
    requirement_ids: tuple[str, ...] = ()
    events: list[Event] = field(default_factory=list)

    def add(
        self,
        action: Action,
        status: Status = "ok",
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an event that happens now."""
        event = Event(
            run=self.run,
            request=self.request,
            scenario=self.scenario,
            invoker=self.invoker,
            requirement_ids=self.requirement_ids,
            action=action,
            status=status,
            inputs=inputs or {},
            outputs=outputs or {},
        )
        self.events.append(event)

    def refuse(self, action: Action, status: Status, error: BaseException) -> None:
        """Add the event of a failure, with its code and its reason without values."""
        code = getattr(error, "code", type(error).__name__)
        why = error.cause if isinstance(error, PrivaciError) else ""
        self.add(action, status, outputs={"code": code, "reason": why})

    def write(self, connection: Connection, outlet: Outlet | None) -> None:
        """Write the events in the caller's transaction, then tell them to the outlet."""
        add_events(connection, self.events)
        if outlet is not None:
            outlet(self.events)


def add_events(connection: Connection, events: Sequence[Event]) -> None:
    """Add events to the trail in the target."""
    connection.execute(ADD, [Jsonb([event.as_json() for event in events])])


def events_of(connection: Connection, run: str) -> tuple[Event, ...]:
    """The events of a run, oldest first."""
    with connection.cursor(row_factory=kwargs_row(_read)) as cursor:
        return tuple(cursor.execute(READ, [run]).fetchall())


def _read(requirement_ids: list[str], **values: Any) -> Event:
    return Event(requirement_ids=tuple(requirement_ids), **values)
