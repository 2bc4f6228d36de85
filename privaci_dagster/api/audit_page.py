"""Draws the trail of a run as a page: no script, no picture, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_dagster.api.audit_figures import (
    banner_of,
    fixtures_of,
    plan_of,
    reset_of,
    rows_of,
    steps_of,
    tiles_of,
    timeline_of,
    validators_of,
)
from privaci_dagster.api.templates import template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.testdata.events import Event
    from privaci_core.testdata.registry import Run

# A page stays under 100 kB, however many rows a run has and however often it was asked about.
MOST_ROWS, FIRST_EVENTS, LAST_EVENTS = 150, 40, 20


def audit_page(run: Run, events: Sequence[Event]) -> str:
    """The page of a run."""
    rows, shown = rows_of(events), [*events]
    if len(shown) > FIRST_EVENTS + LAST_EVENTS:
        shown = [*shown[:FIRST_EVENTS], *shown[-LAST_EVENTS:]]
    return template("audit.html").render(
        run=run,
        banner=banner_of(run, events),
        tiles=tiles_of(run, events),
        plan=plan_of(run, events),
        steps=steps_of(shown),
        validators=validators_of(events),
        rows=rows[:MOST_ROWS],
        rows_left_out=len(rows[MOST_ROWS:]),
        fixtures=fixtures_of(events),
        reset=reset_of(run, events),
        timeline=timeline_of(shown),
        events_left_out=len(events) - len(shown),
    )


def missing_page() -> str:
    """The page of a run that is not known."""
    return template("missing.html").render()
