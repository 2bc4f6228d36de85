"""What the page of a run shows, and that it stays small and plain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from privaci_core.testdata.events import Event
from privaci_core.testdata.registry import Run
from privaci_dagster.api.audit_page import FIRST_EVENTS, audit_page, missing_page

pytestmark = pytest.mark.unit
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
RUN = Run(
    run="01JDPQ0000000000000000000A",
    request="tdr_1",
    scenario="claim_denial",
    invoker="ci",
    status="ready",
    created=NOON,
    expires=NOON + timedelta(hours=24),
    ended=None,
    strategy="after_test",
    seed="seed-of-the-run",
    constraints={"status": "denied"},
    requirement_ids=("FR-001",),
    refresh="a-refresh",
    database_name=None,
)


def event(action: Any, milliseconds: int, status: Any = "ok", **outputs: Any) -> Event:
    """An event some time after noon."""
    at = NOON + timedelta(milliseconds=milliseconds)
    common = {"run": RUN.run, "request": "tdr_1", "scenario": RUN.scenario, "invoker": "ci"}
    return Event(action=action, status=status, at=at, outputs=outputs, **common)


ROWS = [
    {"role": "member", "table": "public.member", "key": {"id": "7"}, "found": True},
    {"role": "claim", "table": "public.claim", "key": {"id": "9"}, "found": False},
]
SEEDED = (
    event("request_received", 0),
    event("plan_resolved", 2, rows={"public.claim": 1}),
    event("validators_passed", 3, validators=["denial_has_reason"]),
    event("seed_started", 4),
    event("seed_completed", 9, rows={"public.claim": 1}),
    event("fixtures_rendered", 10, rows=ROWS),
    event("catalog_recorded", 12),
)


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, page: str) -> None:
        """Read them."""
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.names |= {tag, *(name for name, _ in attrs)}


def test_the_page_of_an_open_run_shows_every_part() -> None:
    """Banner, plan, steps, validators, rows by key, and until when they stay."""
    page = audit_page(RUN, SEEDED)
    for said in (
        RUN.run,
        "in the target until 2026-11-28 12:00:00 UTC",
        "FR-001",
        "status = denied",
        "denial_has_reason",
        "public.claim",
        "created",
        "found",
        "12 ms",
        "Not yet.",
    ):
        assert said in page, said
    assert not Tags(page).names & {"script", "link", "img", "src", "href", "onclick"}
    assert "seed-of-the-run" not in page


def test_the_page_of_a_reset_run_counts_what_went() -> None:
    """The banner says that the target is as before; the reset names tables and counts."""
    ended = NOON + timedelta(minutes=1)
    run = replace(RUN, status="cleaned", ended=ended)
    removed = {"public.claim": 1, "public.payment": 1200}
    reset = event("reset_completed", 60_000, removed=removed, took_along={"public.payment": 1200})
    page = audit_page(run, (*SEEDED, reset))
    assert "the target is as it was before" in page
    assert "1,200" in page
    assert "Rows that others hung on them went too" in page


def test_the_page_of_a_rejected_run_names_the_rules() -> None:
    """Each rule that failed is named with its message; nothing was written."""
    reason = "1 of 2 rules failed\n    - denial_has_reason: a <denied> claim needs a reason"
    rejected = event("plan_rejected", 5, "refused", code="VALIDATOR_REJECTED", reason=reason)
    page = audit_page(replace(RUN, status="ended"), (*SEEDED[:2], rejected))
    assert "Nothing was written" in page
    assert "a &lt;denied&gt; claim needs a reason" in page
    assert "No row was written." in page


def test_a_page_stays_small_however_much_there_is_to_tell() -> None:
    """Many rows, long texts and many refused resets: under 100 kB, and what is left out is told."""
    rows = [dict(ROWS[1], key={"id": "9" * 500}) for _ in range(1000)]
    rendered = event("fixtures_rendered", 10, rows=rows)
    refused = [event("reset_refused", at, "refused", reason="x" * 900) for at in range(20, 700)]
    page = audit_page(RUN, (*SEEDED[:5], rendered, *refused))
    assert len(page.encode()) < 100_000
    assert "and 850 more" in page
    assert page.count("reset_refused") > FIRST_EVENTS


def test_an_unknown_run_has_a_page() -> None:
    """It says that the run is not known, and what could be the reason."""
    assert "Run not found" in missing_page()
