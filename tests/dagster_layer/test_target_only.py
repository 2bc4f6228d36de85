"""A published target against its own proof: objects, trail and rows, with no source and no salt."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from dagster_layer.runs import project_in, refresh
from substrate.databases import run

from privaci_core.prove.document import DOCUMENT
from privaci_core.prove.target_only import verify_target
from privaci_dagster.failures import first_failure
from privaci_dagster.project import proofs_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

MODES = ("swap", "truncate")


@pytest.mark.parametrize("mode", MODES)
def test_the_demo_company_is_as_it_was_proved(
    company_db: str,
    target_db: str,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    """Everything that is hard about real databases, in either mode; then changes of two kinds."""
    policy = 'version: "1.0"\nauto_detect: false\non_existing_data: ' + mode + "\n"
    result = refresh(project_in(tmp_path, company_db, target_db, policy), instance, monkeypatch)
    assert result.success, first_failure(result)
    folder = proofs_in(instance.root_directory, os.environ) / result.run_id
    content = json.loads((folder / DOCUMENT).read_bytes())["content"]
    found = verify_target(target_db, content)
    assert not {place for verdict in found.values() for place in verdict.wrong}
    run(
        target_db,
        "COMMENT ON SCHEMA public IS 'another'",
        "ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only",
        "UPDATE _privaci.audit_log SET who = 'me'",
    )
    found = verify_target(target_db, content)
    assert [*found["objects_are_proved"].wrong] == ["comment schema public"]
    assert [*found["trail_is_proved"].wrong] == [
        "_privaci.audit_log",
        "_privaci.audit_log: append_only",
    ]
