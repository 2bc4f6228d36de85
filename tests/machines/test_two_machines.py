"""A refresh over two machines that share a network and Dagster's storage; one of them dies."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from machines.machine import Machine, kill
from machines.network import port_to
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from substrate.databases import cloned, name_of
from substrate.judge import checksums, schema_of

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, slice_names, write_lock
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

    from substrate.databases import Databases

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SLICES, SLICES_PER_RUN = 16, 2
# Ends a test that would wait for ever.
PATIENCE = 120
POLICY = """version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
"""
TABLES = """
CREATE TABLE city (id int PRIMARY KEY, name text);
CREATE TABLE person (id int PRIMARY KEY, city int REFERENCES city, email text UNIQUE);
INSERT INTO city SELECT n, 'city ' || n FROM generate_series(1, 50) AS n;
INSERT INTO person SELECT n, 1 + n % 50, 'nimue' || n || '@corp.example.test'
FROM generate_series(1, 20000) AS n;
"""
CHANGES = """
DELETE FROM person WHERE id % 3 = 0;
INSERT INTO person SELECT n, 1, NULL FROM generate_series(30000, 40000) AS n;
"""
FIRST_SLICE_TAG = "dagster/asset_partition_range_start"
LOCATION = "privaci_dagster.definitions"
SALT = "the salt of the test suite, long enough"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Two machines that work, one that gives orders, and what they reach over the network."""

    one: Machine
    two: Machine
    control: Machine
    source: str
    target: str
    storage: str
    broker: str


@pytest.fixture
def source(source_db: str) -> str:
    """People in a table that is loaded in slices, and the cities that they refer to."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("ANALYZE")
    return source_db


@pytest.fixture
def site(source: str, target_db: str, databases: Databases, tmp_path: Path) -> Iterator[Site]:
    """Machines with a copy of the project each."""
    project = _project(tmp_path, source)
    with (
        cloned(databases) as storage,
        cloned(databases) as broker,
        port_to(source) as port,
        source_session(source) as holder,
    ):
        snapshot = export_snapshot(holder)
        environ = _environ(port, source, target_db, storage, broker) | {
            "PRIVACI_SNAPSHOT": snapshot
        }
        server = str(conninfo_to_dict(source)["host"])
        folders = {name: tmp_path / name for name in ("one", "two", "control")}
        machines = {
            name: Machine(
                name=name,
                folder=folder,
                environ=environ,
                hidden=_hidden(name, folders, project, server),
            )
            for name, folder in folders.items()
        }
        for machine in machines.values():
            machine.prepare(project)
        yield Site(**machines, source=source, target=target_db, storage=storage, broker=broker)


def _hidden(name: str, folders: dict[str, Path], project: Path, server: str) -> tuple[Path, ...]:
    others = [folder for other, folder in folders.items() if other != name]
    sockets = [Path(server)] if server.startswith("/") else []
    return (*others, project, *sockets)


def _project(folder: Path, source: str) -> Path:
    """The policy and the lock file, in which one small table has sixteen slices."""
    project = folder / "project"
    project.mkdir()
    (project / "mask-rules.yaml").write_text(POLICY)
    path = project / "privaci.lock.json"
    with source_session(source) as connection:
        write_lock(lock_of(read_catalog(connection)), path)
    lock = read_lock(path)
    tables = tuple(
        replace(table, travels="slices") if table.name == "person" else table
        for table in lock.tables
    )
    write_lock(replace(lock, slices=SLICES, tables=tables), path)
    return project


def _environ(port: int, source: str, target: str, storage: str, broker: str) -> dict[str, str]:
    def url(dsn: str, scheme: str = "postgresql") -> str:
        known = conninfo_to_dict(dsn)
        login = str(known.get("user", "postgres"))
        login += f":{known['password']}" if known.get("password") else ""
        return f"{scheme}://{login}@127.0.0.1:{port}/{name_of(dsn)}"

    return {
        "SOURCE_DB_URL": url(source),
        "TARGET_DB_URL": url(target),
        "DAGSTER_POSTGRES_URL": url(storage),
        "CELERY_BROKER": url(broker, "sqla+postgresql"),
        "CELERY_BACKEND": url(broker, "db+postgresql"),
        "ANONYMIZATION_SALT": SALT,
        "PRIVACI_SLICES_PER_RUN": str(SLICES_PER_RUN),
    }


def order(
    *assets: str, tags: Mapping[str, str] | None = None, checks: bool = False
) -> dict[str, Any]:
    """A run of some assets, as a backfill of all would launch it."""
    selector: dict[str, Any] = {
        "pipelineName": "__ASSET_JOB",
        "repositoryName": "__repository__",
        "repositoryLocationName": LOCATION,
        "assetSelection": [{"path": asset.split("/")} for asset in assets],
    }
    if not checks:
        selector["assetCheckSelection"] = []
    named = {"dagster/backfill": "b", **(tags or {})}
    return {
        "selector": selector,
        "mode": "default",
        "executionMetadata": {
            "tags": [{"key": key, "value": value} for key, value in named.items()]
        },
    }


def slices(first: int) -> dict[str, Any]:
    """A run of two slices."""
    names = slice_names(SLICES)
    tags = {
        FIRST_SLICE_TAG: names[first],
        "dagster/asset_partition_range_end": names[first + SLICES_PER_RUN - 1],
    }
    return order("target/public/person", tags=tags)


def until(what: Callable[[], bool], waited_for: str, *logs: Path) -> None:
    """Wait for something that the machines do."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            said = "\n".join(log.read_text()[-3000:] for log in logs)
            raise AssertionError(f"waited in vain for {waited_for}\n{said}")
        time.sleep(0.1)


def asked(dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a database answers."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[call-overload,no-any-return]


def statuses(site: Site, runs: list[str]) -> list[str]:
    """What Dagster's storage says of some runs."""
    query = "SELECT status FROM runs WHERE run_id = ANY (%s)"
    return [status for (status,) in asked(site.storage, query, runs)]


def tasks(site: Site, runs: list[str]) -> list[tuple[str, str, str]]:
    """The runs that a machine has begun: the run, the machine, and what Celery says of it."""
    if asked(site.broker, "SELECT to_regclass('celery_taskmeta') IS NULL") == [(True,)]:
        return []
    query = "SELECT task_id, split_part(worker, '@', 1), status FROM celery_taskmeta"
    begun = {task: (machine, status) for task, machine, status in asked(site.broker, query)}
    tagged = "SELECT value, run_id FROM run_tags WHERE key = 'dagster-celery/task_id'"
    return [
        (run, *begun[task])
        for task, run in asked(site.storage, tagged)
        if task in begun and run in runs
    ]


def machines_of(site: Site, runs: list[str], status: str) -> list[str]:
    """The machine of each run of which Celery says this."""
    return [machine for _, machine, said in tasks(site, runs) if said == status]


def succeeded(site: Site, runs: list[str]) -> None:
    """Wait until runs have ended well."""
    logs = [machine.folder / "worker.log" for machine in (site.one, site.two)]
    ended = {"SUCCESS", "FAILURE", "CANCELED"}
    until(lambda: set(statuses(site, runs)) <= ended, "runs to end", *logs)
    failures = "SELECT event FROM event_logs WHERE dagster_event_type = 'STEP_FAILURE'"
    assert set(statuses(site, runs)) == {"SUCCESS"}, asked(site.storage, failures)


@pytest.mark.timeout(2 * PATIENCE)
def test_a_table_is_loaded_by_two_machines_though_one_dies(
    site: Site, databases: Databases
) -> None:
    """Both load slices; one is killed before a commit; the target is as an undisturbed one."""
    with psycopg.connect(site.source, autocommit=True) as connection:
        # The snapshot is held: what comes now is not in it.
        connection.execute(CHANGES)
    with site.one.working(), _joined(site) as victim:
        begun = site.control.launch([order("target/schema", "target/public/city")])
        succeeded(site, begun)
        parts = site.control.launch([slices(at) for at in range(0, SLICES, SLICES_PER_RUN)])
        died = _kill_in_the_middle(site, parts, victim)
        again = _launch_again(site, parts, died)
        closing = order("target/constraints", "target/published", checks=True)
        succeeded(site, site.control.launch([closing]))
    assert {"one", "two"} == {*machines_of(site, parts, "SUCCESS")}
    assert machines_of(site, again, "SUCCESS") == ["one"]
    _equals_an_undisturbed_one(site, databases)
    (proof,) = (site.one.folder / "dagster").glob("privaci/proofs/*/proof.json")
    proved = site.control.run("privaci", "verify", "--target-only", str(proof))
    assert proved.returncode == 0, proved.stderr + proved.stdout


def _joined(site: Site) -> Any:
    """The second machine's worker; the first one's makes the tables of the broker."""
    made = "SELECT to_regclass('kombu_message') IS NOT NULL"
    until(lambda: asked(site.broker, made) == [(True,)], "a worker", site.one.folder / "worker.log")
    return site.two.working()


def _kill_in_the_middle(site: Site, parts: list[str], victim: subprocess.Popen[bytes]) -> str:
    """Kill a machine that has loaded a slice and is about to commit another; returns its run."""
    logs = [machine.folder / "worker.log" for machine in (site.one, site.two)]
    until(lambda: {"one", "two"} == {*machines_of(site, parts, "SUCCESS")}, "slices", *logs)
    with psycopg.connect(site.target) as target:
        # No ledger can be written, so no chunk can be committed.
        target.execute("LOCK TABLE _privaci.ledger IN SHARE MODE")
        until(lambda: len(_waiting(site)) == 2, "both machines to load", *logs)
        (died,) = [
            run
            for run, machine, status in tasks(site, parts)
            if (machine, status) == ("two", "STARTED")
        ]
        kill(victim)
    return died


def _waiting(site: Site) -> list[Any]:
    """The sessions that wait to write a ledger."""
    query = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = '_privaci.ledger'::regclass"
    return asked(site.target, query)


def _launch_again(site: Site, parts: list[str], died: str) -> list[str]:
    """Wait until all other slices are loaded, end the dead run, and launch its slices again."""
    others = [run for run in parts if run != died]
    succeeded(site, others)
    # Celery does not know that its worker is gone, and so nor does Dagster.
    assert statuses(site, [died]) == ["STARTED"]
    assert machines_of(site, [died], "STARTED") == ["two"]
    query = "SELECT value FROM run_tags WHERE run_id = %s AND key = %s"
    ((first,),) = asked(site.storage, query, died, FIRST_SLICE_TAG)
    again = site.control.launch([slices(slice_names(SLICES).index(first))])
    succeeded(site, again)
    return again


def _equals_an_undisturbed_one(site: Site, databases: Databases) -> None:
    """Compare with what one process makes of the same snapshot."""
    with cloned(databases) as calm:
        url = make_conninfo(calm)
        done = site.control.run("privaci", "run", "--target", url, "--log-format", "none")
        assert done.returncode == 0, done.stderr
        assert checksums(site.target) == checksums(calm)
        assert schema_of(site.target) == schema_of(calm)
