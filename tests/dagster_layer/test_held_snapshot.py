"""A snapshot that a process holds is an asset: its lifetime is shown, and runs find it there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.interrupted import message_of
from dagster_layer.runs import project_in, refresh

from privaci_core.errors import PreflightError
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import age_of, held_snapshot
from privaci_dagster.asset_keys import Names
from privaci_dagster.build import build_definitions
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.held_snapshot import report_begun, report_ended, report_lifetime
from privaci_dagster.labels import HELD_BY, HELD_SECONDS, HELD_SINCE, KEEPS, SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.dagster

NAMES = Names()
PRIVACI = Path(sys.executable).parent / "privaci"
TABLE = "CREATE TABLE visit (id int PRIMARY KEY); INSERT INTO visit VALUES (1), (2)"


@pytest.fixture
def source(source_db: str) -> str:
    """Two rows."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLE)
    return source_db


def held(project: Any, **more: str) -> Any:
    """The project, whose runs read the snapshot that is held."""
    environ: Mapping[str, str] = {**project.environ, "PRIVACI_SNAPSHOT": "held", **more}
    return type(project)(
        policy_path=project.policy_path, lock_path=project.lock_path, environ=environ
    )


def test_the_snapshot_is_an_asset_of_the_graph(source: str, target_db: str, tmp_path: Path) -> None:
    """It has its own place in it, also behind a prefix; nothing can materialize it there."""
    graph = build_definitions(project_in(tmp_path, source, target_db)).resolve_asset_graph()
    node = graph.get(NAMES.snapshot)
    assert (node.is_materializable, node.group_name) == (False, "opening")
    assert Names(prefix="crm").snapshot == dg.AssetKey(["crm", "source", "snapshot"])


def test_a_run_reads_the_snapshot_that_was_reported(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that came later are not in it; when it has ended, the run is refused."""
    project = held(project_in(tmp_path, source, target_db))
    with source_session(source) as holder:
        report_begun(instance, NAMES, held_snapshot(holder, source))
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute("INSERT INTO visit VALUES (3)")
        assert refresh(project, instance, monkeypatch).success
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM visit").fetchone() == (2,)
    message = message_of(refresh(project, instance, monkeypatch))
    assert "ended with the session that held it" in message
    assert "begin a new refresh" in message


def test_a_run_that_finds_no_snapshot_is_refused(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not take one of its own: other processes could not read it."""
    project = held(project_in(tmp_path, source, target_db))
    message = message_of(refresh(project, instance, monkeypatch))
    assert "none was reported to this Dagster storage" in message
    assert "privaci snapshot" in message


def test_what_a_snapshot_costs_is_told(source: str, instance: Any) -> None:
    """Since when, by whom, how old, and how many transactions' dead rows the source keeps."""
    with source_session(source) as holder:
        taken = held_snapshot(holder, source)
        report_begun(instance, NAMES, taken)
        before = age_of(taken)
        for _ in range(5):
            with psycopg.connect(source, autocommit=True) as connection:
                connection.execute("INSERT INTO visit SELECT max(id) + 1 FROM visit")
        assert age_of(taken)[1] >= before[1] + 5
        report_lifetime(instance, NAMES, taken)
        report_ended(instance, NAMES, taken)
        made = last_materialization(instance, NAMES.snapshot)
        assert made is not None
        found = values_of(made.metadata)
        assert found[SNAPSHOT] == taken.name
        assert f"session {holder.info.backend_pid} of the server" in found[HELD_BY]
        assert {HELD_SINCE, HELD_SECONDS, KEEPS} < found.keys()
    with pytest.raises(PreflightError, match="the server has ended its session"):
        age_of(taken)
    told = instance.fetch_observations(NAMES.snapshot, limit=10).records
    assert [each.asset_observation.description for each in told] == ["ended", "held"]


def test_the_command_reports_to_the_storage_that_is_named(source: str, tmp_path: Path) -> None:
    """Its beginning and its end; another process finds the name there."""
    home = tmp_path / "dagster"
    environ = {**os.environ, "SOURCE_DB_URL": source}
    with subprocess.Popen(
        [PRIVACI, "snapshot", "--prefix", "crm", "--dagster-home", str(home)],
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    ) as holder:
        try:
            assert holder.stdout is not None
            name = holder.stdout.readline().strip()
            holder.send_signal(signal.SIGINT)
            assert holder.wait() == 0
        finally:
            holder.kill()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        key = Names(prefix="crm").snapshot
        made = last_materialization(instance, key)
        assert made is not None
        assert values_of(made.metadata)[SNAPSHOT] == name
        (ended,) = instance.fetch_observations(key, limit=10).records
        assert ended.asset_observation is not None
        assert ended.asset_observation.description == "ended"
        assert source not in json.dumps(str(made.metadata))
