"""Works out what a run's page shows of its trail, in names, keys and counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from privaci_core.testdata.events import Event
    from privaci_core.testdata.registry import Run

Tone = Literal["yes", "no", "warn"]
TONES: Mapping[str, Tone] = {"ok": "yes", "failed": "no", "refused": "warn"}
PLAN, RENDERED, RESET = "plan_resolved", "fixtures_rendered", "reset_completed"
# What begins each rule that failed, in the reason of a rejection.
LISTED = "\n    - "
JUDGED = ("validators_passed", "plan_rejected")
FAILED = ("plan_rejected", "seed_failed")
ENDED = (RESET, "expired")
MOST_LETTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What became of a run, in a word and a sentence."""

    word: str
    sentence: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of the run, as the page shows it."""

    action: str
    status: str
    tone: Tone
    at: str
    # How long after the first one.
    after: str
    invoker: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a validator said."""

    name: str
    passed: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row of the run, by its key."""

    role: str
    table: str
    key: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What a reset took out."""

    sentence: str
    tables: tuple[tuple[str, int], ...] = ()


def banner_of(run: Run, events: Sequence[Event]) -> Banner:
    """What became of the run."""
    failed = _last(events, *FAILED)
    if failed is not None:
        why = str(failed.outputs.get("reason") or "a validator rejected its rows")
        return Banner(word="failed", sentence=f"Nothing was written: {why}", tone="no")
    if run.is_open:
        sentence = f"Its rows are in the target until {moment(run.expires)} at the latest."
        return Banner(word="ready", sentence=sentence, tone="warn")
    ended = moment(run.ended) if run.ended else "an unknown time"
    if _last(events, *ENDED) is None:
        return Banner(word=run.status, sentence=f"A refresh ended it on {ended}.", tone="warn")
    sentence = f"Its rows were taken out on {ended}; the target is as it was before."
    return Banner(word=run.status, sentence=sentence, tone="yes")


def tiles_of(run: Run, events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    """The figures under the banner."""
    rows = rows_of(events)
    seconds = (events[-1].at - events[0].at).total_seconds() if events else 0.0
    request = [event for event in events if event.request == run.request and event.request]
    if request:
        seconds = (request[-1].at - request[0].at).total_seconds()
    return (
        (f"{len(rows):,}", "rows"),
        (f"{len({row.table for row in rows}):,}", "tables"),
        (f"{len(validators_of(events)):,}", "validators"),
        (f"{1000 * seconds:,.0f} ms", "request"),
        (f"{len(events):,}", "events"),
    )


def plan_of(run: Run, events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    """What was asked for, and how it was planned."""
    plan = _last(events, PLAN)
    constraints = ", ".join(f"{name} = {text(value)}" for name, value in run.constraints.items())
    facts = {
        "scenario": run.scenario,
        "requirements": ", ".join(run.requirement_ids),
        "constraints": constraints,
        "cleanup": run.strategy,
        "database": run.database_name or "the target itself",
        "refresh": run.refresh,
    }
    planned = {name.replace("_", " "): text(value) for name, value in _outputs(plan).items()}
    return tuple((name, value) for name, value in (facts | planned).items() if value)


def steps_of(events: Sequence[Event]) -> tuple[Step, ...]:
    """The events, each with the time since the first."""
    return tuple(_step(event, events[0].at) for event in events)


timeline_of = steps_of


def validators_of(events: Sequence[Event]) -> tuple[Judgement, ...]:
    """What the validators said, the failed ones first."""
    judged = _last(events, *JUDGED)
    if judged is None:
        return ()
    if judged.action == "validators_passed":
        names = judged.outputs.get("validators", ())
        return tuple(Judgement(name=name, passed=True, message="") for name in names)
    failed = str(judged.outputs.get("reason", "")).split(LISTED)[1:]
    parts = (each.partition(": ") for each in failed)
    return tuple(Judgement(name=name, passed=False, message=said) for name, _, said in parts)


def rows_of(events: Sequence[Event]) -> tuple[ShownRow, ...]:
    """The rows that the run has."""
    return tuple(
        ShownRow(
            role=str(row.get("role", "")),
            table=str(row.get("table", "")),
            key=text(row.get("key", "")),
            how=_how(row),
        )
        for row in _outputs(_last(events, RENDERED)).get("rows", ())
    )


def fixtures_of(events: Sequence[Event]) -> str:
    """What was rendered for the test."""
    if _last(events, RENDERED) is None:
        return "None."
    return f"The data of {len(rows_of(events)):,} rows, as JSON; the trail keeps their keys alone."


def reset_of(run: Run, events: Sequence[Event]) -> Removal:
    """What the reset took out, or until when the rows stay."""
    ended = _last(events, *ENDED)
    if ended is None:
        waits = (
            f"Not yet. {moment(run.expires)} is the end of its time." if run.is_open else "None."
        )
        return Removal(sentence=waits)
    outputs = ended.outputs
    took = outputs.get("took_along") or ()
    along = f" Rows that others hung on them went too: {text(took)}." if took else ""
    how = "Its time was over." if ended.action == "expired" else f"By {ended.invoker}."
    tables = sorted((str(name), int(count)) for name, count in _counts(outputs).items())
    return Removal(sentence=f"{moment(ended.at)}. {how}{along}", tables=tuple(tables))


def moment(at: datetime) -> str:
    """A time, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def text(value: Any) -> str:
    """A value of the trail, as it is shown: short texts as they are, all else as JSON."""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= MOST_LETTERS else f"{said[:MOST_LETTERS]}…"


def _step(event: Event, first: datetime) -> Step:
    told = {**event.inputs, **event.outputs}
    return Step(
        action=event.action,
        status=event.status,
        tone=TONES.get(event.status, "warn"),
        at=event.at.strftime("%H:%M:%S.%f")[:-3],
        after=f"{1000 * (event.at - first).total_seconds():,.1f} ms",
        invoker=event.invoker,
        told=text(told) if told else "",
    )


def _how(row: Mapping[str, Any]) -> str:
    if not row.get("found"):
        return "created"
    return "found"


def _counts(outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    removed = outputs.get("removed")
    return removed if isinstance(removed, dict) else {}


def _last(events: Sequence[Event], *actions: str) -> Event | None:
    return next((event for event in reversed(events) if event.action in actions), None)


def _outputs(event: Event | None) -> Mapping[str, Any]:
    return event.outputs if event else {}
