"""Says where a run is stored, and who is told of it while it runs."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.errors import Interrupted, PrivaciError
from privaci_dagster.cli.privaci_events import PrivaciEvents
from privaci_dagster.cli.prometheus import pushed, served
from privaci_dagster.cli.run_metrics import RunMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from privaci_dagster.cli.output import Form
    from privaci_dagster.cli.progress import LogFormat
    from privaci_dagster.cli.watch import Listener


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a run is stored, and how its progress and result are printed."""

    home: Path
    progress: LogFormat
    form: Form
    # Whose events are printed on stdout, in place of the result.
    events: str = "none"
    prometheus_port: int = 0
    prometheus_push: str = ""

    @property
    def prints_result(self) -> bool:
        """Whether stdout has the result, not events."""
        return self.events == "none"


@contextmanager
def listening(output: Output, environ: Mapping[str, str]) -> Iterator[Sequence[Listener]]:
    """Those who are told of a run from its beginning to its end, whatever ends it."""
    with ExitStack() as stack:
        told: list[PrivaciEvents | RunMetrics] = []
        if output.prometheus_port or output.prometheus_push:
            metrics = RunMetrics()
            told.append(metrics)
            if output.prometheus_port:
                stack.enter_context(served(metrics, output.prometheus_port))
            if output.prometheus_push:
                stack.enter_context(pushed(metrics, output.prometheus_push, environ))
        if output.events == "privaci":
            told.append(PrivaciEvents())
        with ended(told):
            yield told


@contextmanager
def ended(told: Sequence[PrivaciEvents | RunMetrics]) -> Iterator[None]:
    """Tell how a run ended, and before that why, if no step could."""
    status = ""
    try:
        yield
    except Interrupted:
        status = "interrupted"
        raise
    except PrivaciError as error:
        for each in told:
            each.fail(error)
        raise
    except BaseException:
        status = "failed"
        raise
    finally:
        for each in told:
            each.end(status)
