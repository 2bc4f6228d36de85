"""Counts what the service does, and writes the counts in Prometheus's text format."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Upper bounds in seconds. The aims of a request and of a reset, 60 ms and 40 ms, are among them.
BOUNDS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A number that only grows, or of another kind, for each combination of labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], float] = field(default_factory=dict)
    kind: Literal["counter", "gauge"] = "counter"

    def lines(self) -> Iterator[str]:
        """The counts; one without labels is told from the beginning."""
        yield from _head(self.name, self.help, self.kind)
        counts = self.counts or ({} if self.labels else {(): 0})
        for values, count in sorted(counts.items()):
            yield f"{self.name}{_labels(self.labels, values)} {count}"


@dataclass(slots=True, kw_only=True)
class Histogram:
    """How often something took at most so long."""

    name: str
    help: str
    bounds: tuple[float, ...] = BOUNDS
    counts: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Nothing has been measured."""
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def add(self, seconds: float) -> None:
        """Count how long something took."""
        place = next((at for at, bound in enumerate(self.bounds) if seconds <= bound), -1)
        self.counts[place] += 1
        self.seconds += seconds

    def lines(self) -> Iterator[str]:
        """The cumulative counts, the sum and the number."""
        yield from _head(self.name, self.help, "histogram")
        total = 0
        for bound, count in zip((*map(repr, self.bounds), "+Inf"), self.counts, strict=True):
            total += count
            yield f'{self.name}_bucket{{le="{bound}"}} {total}'
        yield f"{self.name}_sum {self.seconds:.6f}"
        yield f"{self.name}_count {total}"


class Metrics:
    """All that is counted; threads may share it."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._lock = threading.Lock()
        self.requests = Counter(
            name="privaci_requests_total",
            help="Requests for test data, by scenario and by what became of them.",
            labels=("scenario", "status"),
        )
        self.request_seconds = Histogram(
            name="privaci_request_latency_seconds", help="How long requests for test data took."
        )
        self.records = Counter(
            name="privaci_seed_records_total", help="Rows that requests wrote or found."
        )
        self.resets = Counter(
            name="privaci_resets_total", help="Resets, by strategy.", labels=("strategy",)
        )
        self.events = Counter(
            name="privaci_audit_events_total",
            help="Events of the trail, by action and status.",
            labels=("action", "status"),
        )
        self.event_seconds = Histogram(
            name="privaci_audit_write_latency_seconds",
            help="How long Dagster's event log took to store the events of one step.",
        )
        self.dropped = Counter(
            name="privaci_audit_dropped_events_total",
            help="Events that were lost: an event that cannot be written fails its request.",
        )

    def count(self, counter: Counter, *labels: str, by: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            counter.counts[labels] = counter.counts.get(labels, 0) + by

    def observe(self, histogram: Histogram, seconds: float) -> None:
        """Note how long something took."""
        with self._lock:
            histogram.add(seconds)

    def text(self, *, up: bool) -> str:
        """All counts as Prometheus reads them."""
        counted = (
            self.requests,
            self.request_seconds,
            self.records,
            self.resets,
            self.events,
            self.event_seconds,
            self.dropped,
        )
        with self._lock:
            lines = [line for each in counted for line in each.lines()]
        head = _head("privaci_up", "Whether the target answers and is published.", "gauge")
        return "\n".join([*head, f"privaci_up {int(up)}", *lines, ""])


def _head(name: str, help_: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} {kind}"


def _labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    pairs = (
        f'{name}="{value.translate(ESCAPES)}"' for name, value in zip(names, values, strict=True)
    )
    return f"{{{','.join(pairs)}}}" if names else ""
