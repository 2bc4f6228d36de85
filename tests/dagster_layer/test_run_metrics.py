"""The counts of a run for Prometheus: what they say, served on a port, and pushed."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import dagster as dg
import httpx
import pytest

from privaci_core.errors import PreflightError
from privaci_dagster.cli.prometheus import pushed, served
from privaci_dagster.cli.run_metrics import RunMetrics
from privaci_dagster.labels import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.dagster
KEY = dg.AssetKey(["target", "public", "big"])
CHUNK = {"rows": 3, "rows so far": 30, "percent": 50, "rows per second": 10}
LOADED = {PARTS: {}, "dagster/row_count": 60, "bytes": 1, "seconds": 6.0}
PASSWORD = "the gateway's password"  # pragma: allowlist secret


def counted(instance: Any, metrics: RunMetrics, *events: Any) -> list[str]:
    """The lines after a run that wrote some events."""

    @dg.op
    def write() -> None:
        for each in events:
            dg.OpExecutionContext.get().log_event(each)

    @dg.job
    def job() -> None:
        write()

    result = job.execute_in_process(instance=instance)
    for record in instance.get_records_for_run(result.run_id, limit=1000).records:
        metrics(record.event_log_entry)
    return metrics.text().splitlines()


def test_tables_are_counted_while_they_are_loaded(instance: Any) -> None:
    """Half of a table, then all of it; its end is counted once."""
    metrics = RunMetrics()
    lines = counted(instance, metrics, dg.AssetObservation(KEY, metadata=CHUNK))
    assert 'privaci_table_progress_ratio{table="public.big"} 0.5' in lines
    end = dg.AssetMaterialization(KEY, metadata=LOADED)
    lines = counted(instance, metrics, end, end)
    assert 'privaci_table_progress_ratio{table="public.big"} 1.0' in lines
    assert 'privaci_run_rows_processed_total{table="public.big"} 60' in lines
    assert "# TYPE privaci_table_progress_ratio gauge" in lines


def test_the_end_of_a_run_is_counted() -> None:
    """How long it took, how it ended, and what ended it."""
    metrics = RunMetrics()
    metrics.fail(PreflightError("Reading", "it is away", "Start it."))
    metrics.end()
    text = metrics.text()
    assert 'privaci_run_errors_total{type="PreflightError"} 1' in text
    assert 'privaci_run_ended_timestamp_seconds{status="failed"} 1' in text
    assert "privaci_run_duration_seconds_count 1" in text
    assert 'privaci_run_duration_seconds_bucket{le="28800.0"} 1' in text


def test_a_port_serves_the_counts_until_the_run_ends() -> None:
    """On one path alone; afterwards nothing answers, and a taken port is refused in words."""
    with served(RunMetrics(), 0) as port:
        address = f"http://127.0.0.1:{port}"
        answer = httpx.get(f"{address}/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "privaci_run_duration_seconds_count 0" in answer.text
        assert httpx.get(f"{address}/").status_code == 404
        with pytest.raises(PreflightError, match="Choose a port"), served(RunMetrics(), port):
            pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/metrics")


@contextmanager
def gateway(status: int = 200) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A server that speaks a gateway's protocol: its address, and what it was sent."""
    found: list[tuple[str, str, str]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.append((self.path, self.headers.get("Authorization", ""), body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()


def test_a_gateway_is_sent_the_counts_from_the_beginning_to_the_end() -> None:
    """Under the job's path, with the address's user; the last push knows how the run ended."""
    metrics = RunMetrics()
    with gateway() as (where, found), pushed(metrics, f"http://ops:secret@{where}", {}):
        metrics.end("succeeded")
    path, user, _ = found[0]
    assert (path, user) == ("/metrics/job/privaci", "Basic b3BzOnNlY3JldA==")
    assert 'privaci_run_ended_timestamp_seconds{status="succeeded"}' in found[-1][2]


def test_a_gateway_that_refuses_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The run is told of it in one line, which does not show the address."""
    with gateway(500) as (where, _), pushed(RunMetrics(), f"http://ops:secret@{where}", {}):
        pass
    said = capsys.readouterr().err
    assert said == "warning: the metrics were not pushed: HTTPError\n"


def test_an_address_that_is_none_is_refused() -> None:
    """Before the run; also what a secret URI leads to."""
    environ = {"GATEWAY": PASSWORD}
    with (
        pytest.raises(PreflightError, match="does not begin with http") as error,
        pushed(RunMetrics(), "env://GATEWAY", environ),
    ):
        pass
    assert PASSWORD not in str(error.value)
