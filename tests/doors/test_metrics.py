"""How counts are written for Prometheus."""

from __future__ import annotations

import pytest

from privaci_dagster.api.metrics import Metrics

pytestmark = pytest.mark.unit


def test_every_count_is_told_from_the_beginning() -> None:
    """Names, help and types are there before anything happened; no event was dropped."""
    lines = Metrics().text(up=True).splitlines()
    assert "privaci_up 1" in lines
    assert "privaci_audit_dropped_events_total 0" in lines
    assert "# TYPE privaci_requests_total counter" in lines
    assert 'privaci_request_latency_seconds_bucket{le="+Inf"} 0' in lines
    assert "privaci_up 0" in Metrics().text(up=False).splitlines()


def test_buckets_are_cumulative_and_labels_are_escaped() -> None:
    """A time is in its own bucket and in all above; a label cannot end its line."""
    metrics = Metrics()
    metrics.observe(metrics.request_seconds, 0.03)
    metrics.observe(metrics.request_seconds, 99.0)
    metrics.count(metrics.requests, 'odd "\n', "ready")
    lines = metrics.text(up=True).splitlines()
    assert 'privaci_request_latency_seconds_bucket{le="0.02"} 0' in lines
    assert 'privaci_request_latency_seconds_bucket{le="0.04"} 1' in lines
    assert 'privaci_request_latency_seconds_bucket{le="+Inf"} 2' in lines
    assert "privaci_request_latency_seconds_count 2" in lines
    assert 'privaci_requests_total{scenario="odd \\"\\n",status="ready"} 1' in lines
