"""Progress of a run: what shows it never gets in the run's way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from privaci_dagster.cli.progress import show_progress

pytestmark = pytest.mark.unit


def test_a_storage_that_does_not_answer_is_reported_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The run continues and reports the error itself; progress adds no traceback."""

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("the storage is away")

    with show_progress(SimpleNamespace(get_records_for_run=refuse), "a run", "json"):  # type: ignore[arg-type]
        pass
    assert capsys.readouterr().err == ""
