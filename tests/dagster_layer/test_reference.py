"""The reference of events names all that a run writes to Dagster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, records_of, refresh

from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG, REFRESH_TAG, RESUME_TAG
from privaci_dagster.cli import progress
from privaci_dagster.labels import UNCHANGED

pytestmark = pytest.mark.dagster

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (REFERENCE / "events.md").read_text(encoding="utf-8")
# The log is large enough to be loaded in chunks, if it is masked.
TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example' FROM generate_series(1, 50) AS n;
CREATE TABLE log (line text);
INSERT INTO log SELECT repeat(md5(n::text), 30) FROM generate_series(1, 80000) AS n;
"""
POLICY = (
    NOTHING_MASKED
    + """on_existing_data: drop_create
tables:
  public.person: {columns: {email: {action: fake, provider: email}}}
  public.log: {columns: {line: {action: static, value: ""}}}
"""
)


def names_of(event: Any) -> set[str]:
    """The metadata and tags of one event, and the word that a person sees of it."""
    if event.is_step_materialization:
        found = event.step_materialization_data.materialization
    elif event.is_asset_observation:
        found = event.asset_observation_data.asset_observation
    elif event.event_type_value == "ASSET_CHECK_EVALUATION":
        return {*event.asset_check_evaluation_data.metadata}
    else:
        return set()
    ours = {tag for tag in found.tags or {} if tag.startswith("privaci/")}
    return {*found.metadata, *ours}


def test_every_event_of_a_run_is_on_the_page(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh with masks, chunks and checks, and one that keeps what has not changed."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    project = project_in(tmp_path, source_db, target_db, POLICY)
    written, shown = set(), set()
    for _ in range(2):
        run = refresh(project, instance, monkeypatch, tags={KEEP_UNCHANGED_TAG: "keep"})
        assert run.success
        for record in records_of(instance, run.run_id):
            event = record.event_log_entry.dagster_event
            if event is not None:
                written |= names_of(event)
                shown |= {line[0] for line in [progress.described(event)] if line}
    assert {"parts", UNCHANGED, "change_rates"} <= written
    assert {"begun", "table loaded", "chunk loaded", "check", "done"} <= shown
    assert written | shown | {REFRESH_TAG, RESUME_TAG, KEEP_UNCHANGED_TAG} <= set(
        re.findall(r"`([^`]+)`", PAGE)
    )
