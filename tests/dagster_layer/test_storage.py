"""A home's storage: Dagster's own files, through connections that stay open."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
import sqlalchemy
import yaml

from privaci_dagster.cli.home import SETTINGS, make_home
from privaci_dagster.storage import MOST_ENGINES, Engines, Storage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

TABLES = 20
TELEMETRY = "telemetry: {enabled: false}\n"


@dg.multi_asset(specs=[dg.AssetSpec(f"t{n}") for n in range(TABLES)])
def tables() -> Any:
    """As many assets as a small database has."""
    for number in range(TABLES):
        yield dg.MaterializeResult(asset_key=f"t{number}", metadata={"rows": number})


def materialized(home: Path) -> Any:
    """A run of all assets, stored in a home."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return dg.materialize([tables], instance=instance)


def keys_in(home: Path) -> set[str]:
    """The assets that a home knows, and whose last event it can read."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        records = instance.get_asset_records([dg.AssetKey(f"t{n}") for n in range(TABLES)])
        found = [record.asset_entry for record in records]
        assert instance.get_runs_count() == 1
        return {entry.asset_key.to_user_string() for entry in found if entry.last_materialization}


def test_either_storage_reads_the_other_s_files(tmp_path: Path) -> None:
    """A home that privaci made is opened by Dagster alone, and the other way round."""
    everything = {f"t{number}" for number in range(TABLES)}
    ours, theirs = make_home(tmp_path / "ours", {}), tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "dagster.yaml").write_text(TELEMETRY)
    for home in (ours, theirs):
        assert materialized(home).success
    (ours / "dagster.yaml").write_text(TELEMETRY)
    (theirs / "dagster.yaml").write_text(SETTINGS)
    assert make_home(theirs, {}) == theirs
    assert "privaci_dagster.storage" in (theirs / "dagster.yaml").read_text()
    assert keys_in(ours) == keys_in(theirs) == everything


def test_an_event_opens_no_engine_and_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred events through the engines of three files; Dagster's own opens three an event."""
    made: list[Any] = []
    create = sqlalchemy.create_engine

    def counted(*arguments: Any, **more: Any) -> Any:
        made.append(arguments)
        return create(*arguments, **more)

    home = make_home(tmp_path, {})
    with dg.DagsterInstance.from_config(str(home)) as instance:
        monkeypatch.setattr(sqlalchemy, "create_engine", counted)
        result = dg.materialize([tables], instance=instance)
        events = len(instance.all_logs(result.run_id))
    assert events > 3 * TABLES
    assert len(made) <= 3


def test_another_process_sees_an_event_at_once(tmp_path: Path) -> None:
    """As the UI does while a run goes on: each event is committed."""
    home = str(make_home(tmp_path, {}))
    key = dg.AssetKey("seen")
    with (
        dg.DagsterInstance.from_config(home) as writer,
        dg.DagsterInstance.from_config(home) as reader,
    ):
        for number in range(3):
            made = dg.AssetMaterialization(key, metadata={"number": number})
            writer.report_runless_asset_event(made)
            event = reader.get_latest_materialization_event(key)
            assert event is not None
            assert event.asset_materialization is not None
            assert event.asset_materialization.metadata["number"].value == number


# A run in a process of its own; prints its id.
ANOTHER_RUN = """
import sys
import dagster as dg

@dg.multi_asset(specs=[dg.AssetSpec(f"t{n}") for n in range(int(sys.argv[2]))])
def tables():
    for number in range(int(sys.argv[2])):
        yield dg.MaterializeResult(asset_key=f"t{number}")

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    print(dg.materialize([tables], instance=instance).run_id)
"""


def test_two_processes_write_to_one_home(tmp_path: Path) -> None:
    """Two runs at once, while threads of a third process read: no event is lost, none waits long.

    So it is with two runs beside the UI and the daemon.
    """
    home, runs = str(make_home(tmp_path, {})), 2
    line = [sys.executable, "-W", "ignore", "-c", ANOTHER_RUN, home, str(TABLES)]
    with dg.DagsterInstance.from_config(home) as instance:
        writers = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(runs)]
        ended = threading.Event()

        def read() -> None:
            while not ended.is_set():
                instance.get_asset_records()
                instance.get_runs()

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        printed = [writer.communicate()[0].strip() for writer in writers]
        ended.set()
        for reader in readers:
            reader.join()
        assert [writer.returncode for writer in writers] == [0] * runs
        made = dg.DagsterEventType.ASSET_MATERIALIZATION
        assert [len(instance.all_logs(run, of_type=made)) for run in printed] == [TABLES] * runs
        found = instance.fetch_materializations(dg.AssetKey("t1"), limit=10).records
        assert {record.event_log_entry.run_id for record in found} == set(printed)


def test_a_commit_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """The log is synced when it is moved into the file, so the file is whole after any crash."""
    home = make_home(tmp_path, {})
    with dg.DagsterInstance.from_config(str(home)):
        address = f"sqlite:///{home / 'history' / 'runs' / 'index.db'}"
        with Engines().of(address).connect() as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            ]
    assert settings == ["wal", 1]


def test_a_forked_process_opens_its_own_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite forbids to take one across a fork."""
    engines, address = Engines(), f"sqlite:///{tmp_path / 'a.db'}"
    first = engines.of(address)
    assert engines.of(address) is first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert engines.of(address) is not first


def test_few_files_stay_open(tmp_path: Path) -> None:
    """Each run has a file of its own, and the UI looks into many."""
    engines = Engines()
    addresses = [f"sqlite:///{tmp_path / str(n)}.db" for n in range(MOST_ENGINES + 1)]
    opened = [engines.of(address) for address in addresses]
    assert engines.of(addresses[-1]) is opened[-1]
    assert engines.of(addresses[0]) is not opened[0]


def test_events_can_be_wiped(tmp_path: Path) -> None:
    """The files of runs go, and later ones are written."""
    home = make_home(tmp_path, {})
    with dg.DagsterInstance.from_config(str(home)) as instance:
        first = dg.materialize([tables], instance=instance)
        instance.wipe_assets([dg.AssetKey("t1")])
        assert not instance.get_latest_materialization_event(dg.AssetKey("t1"))
        instance.event_log_storage.wipe()
        assert not instance.all_logs(first.run_id)
        assert dg.materialize([tables], instance=instance).success


def test_a_home_that_was_moved_is_read_where_it_is(tmp_path: Path) -> None:
    """Its dagster.yaml names its folder; one that a person changed stays as it is."""
    home = make_home(tmp_path / "old", {})
    moved = home.rename(tmp_path / "new")
    make_home(moved, {})
    path = moved / "dagster.yaml"
    named = yaml.safe_load(path.read_text())["storage"]["custom"]["config"]["base_dir"]
    assert named == str(moved)
    path.write_text(path.read_text() + "retention: {}\n")
    changed = path.read_text()
    make_home(moved.rename(tmp_path / "again"), {})
    assert (tmp_path / "again" / "dagster.yaml").read_text() == changed


def test_the_class_is_the_one_that_a_home_names(tmp_path: Path) -> None:
    """Dagster builds it from the file, with the home as its folder."""
    with dg.DagsterInstance.from_config(str(make_home(tmp_path, {}))) as instance:
        assert type(instance.run_storage).__module__ == Storage.__module__
        assert type(instance.event_log_storage).__module__ == Storage.__module__


def test_the_tables_of_a_run_do_not_wait_for_the_disk(tmp_path: Path) -> None:
    """A connection is told before it makes them; Dagster tells it afterwards."""
    engine = Engines().of(f"sqlite:///{tmp_path / 'run.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_an_event_does_not_ask_what_the_files_are_made_of(tmp_path: Path) -> None:
    """Which columns a table has, and which migrations were done, is asked once."""
    asked: list[str] = []
    home = make_home(tmp_path, {})

    def noted(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    with dg.DagsterInstance.from_config(str(home)) as instance:
        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", noted)
        try:
            dg.materialize([tables], instance=instance)
            instance.get_asset_records([dg.AssetKey("t0")])
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", noted)
    columns = [each for each in asked if each.startswith("PRAGMA") and "asset_keys" in each]
    assert len(columns) < TABLES
    migrations = [each for each in asked if "secondary_indexes" in each and "SELECT" in each]
    assert len(migrations) <= 1
