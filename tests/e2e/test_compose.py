"""The containers' own commands, run natively on the same files, with the storage in Postgres."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest
import yaml
from doors.served import TOKEN, scenarios_in
from substrate.object_storage import wait_for
from testdata.shop import publish

from privaci_core.errors import CopyError
from privaci_core.stores.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from substrate.databases import Databases

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
COMPOSE = yaml.safe_load((ROOT / "compose.yml").read_text())
WORKERS = yaml.safe_load((ROOT / "docker" / "celery" / "compose.yml").read_text())
DAGSTER = ("introspect", "code", "webserver", "daemon")
SECRET = re.compile("PASSWORD|SALT|URL|KEY|SECRET")
STOP_GRACE_SECONDS = 10
PATIENCE = 90


@pytest.mark.unit
def test_every_service_is_closed() -> None:
    """No service has spare capabilities, a writable root, or a secret in the file."""
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        for variable, value in service["environment"].items():
            # Without a value it is the shell's own.
            if value is not None and SECRET.search(variable):
                assert "${" in value, f"{name}: {variable} is written out"


@pytest.mark.unit
def test_the_s3_server_of_the_profile_takes_its_keys_alone(tmp_path: Path) -> None:
    """Its own commands make a bucket that a store writes to; without keys it does not start."""
    services = {name: COMPOSE["services"][name] for name in ("bucket", "s3")}
    assert all(service["profiles"] == ["s3"] for service in services.values())
    assert not any("ports" in service for service in services.values())
    port = free_port()
    places = {"/data": str(tmp_path), ":9000": f"127.0.0.1:{port}", "$$": "$", "/tmp/none": "none"}  # noqa: S108 - the container's

    def command_of(name: str) -> list[str]:
        (script,) = services[name]["command"]
        for place, here in places.items():
            script = script.replace(place, here)
        return [*services[name]["entrypoint"], script]

    environ = {"PATH": f"{BIN}:{os.environ['PATH']}", "RCLONE_CONFIG": str(tmp_path / "none")}
    subprocess.run(command_of("bucket"), env=environ, check=True)
    empty = environ | {"S3_KEY": "", "S3_SECRET": ""}
    assert subprocess.run(command_of("s3"), env=empty, capture_output=True, check=False).returncode
    keys = {"S3_KEY": "accesskey01", "S3_SECRET": "secretkey0123456789"}
    with subprocess.Popen(command_of("s3"), env=environ | keys, stderr=subprocess.DEVNULL) as s3:
        try:
            wait_for(int(port))
            ours = {
                "AWS_ACCESS_KEY_ID": keys["S3_KEY"],
                "AWS_SECRET_ACCESS_KEY": keys["S3_SECRET"],
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            }
            store = open_store("s3://privaci/shop", ours)
            assert b"".join(store.get(store.put("kept", [b"x"]))) == b"x"
            other = ours | {"AWS_SECRET_ACCESS_KEY": "anotherkey0123456789"}
            with pytest.raises(CopyError, match="refuses the credentials"):
                open_store("s3://privaci/shop", other).names("")
        finally:
            s3.kill()


@pytest.mark.unit
def test_the_services_of_several_workers_are_closed_too() -> None:
    """The file that is laid over the first one adds services, and writes out no secret."""
    for name, service in WORKERS["services"].items():
        if name not in COMPOSE["services"]:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
        for variable, value in service["environment"].items():
            if any(word in variable for word in ("PASSWORD", "SALT", "URL", "CELERY")):
                assert "${" in value, f"{name}: {variable} is written out"


@pytest.mark.unit
def test_the_instance_of_several_workers_differs_in_its_runs_alone() -> None:
    """Its runs go to Celery, with the settings that the workers read; all else is the same."""
    celery, one = (
        yaml.safe_load((ROOT / "docker" / path).read_text())
        for path in ("celery/dagster.yaml", "dagster.yaml")
    )
    config = celery.pop("run_launcher")["config"]["config_source"]
    theirs = (ROOT / "docker/celery/dagster_celery_config.py").read_text()
    for name, value in config.items():
        assert re.search(rf"^{name}(: [^=]+)? = {re.escape(repr(value))}$", theirs, re.MULTILINE)
    assert celery.pop("run_retries")["enabled"] is True
    assert celery["run_monitoring"].pop("max_runtime_seconds") > 0
    del celery["concurrency"], one["concurrency"]
    assert celery == one


@pytest.mark.unit
def test_what_services_wait_for_is_there() -> None:
    """Each service that another waits for has a healthcheck; each volume is declared."""
    services = COMPOSE["services"]
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert (
                "healthcheck" in services[other]
                or wait["condition"] == "service_completed_successfully"
            ), name
        named = [
            volume.split(":")[0]
            for volume in service.get("volumes", [])
            if not volume.startswith(".")
        ]
        assert set(named) <= set(COMPOSE["volumes"]), name


@pytest.mark.unit
def test_the_image_is_nobodys() -> None:
    """The last user of the Dockerfile is not root, and everything it copies is in the project."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")][-1] == "USER privaci"
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / path).exists() for path in line.split()[1:-1]), line


@pytest.mark.unit
def test_the_two_instances_differ_in_storage_alone() -> None:
    """What holds on one machine holds in containers."""
    here, there = (
        yaml.safe_load((ROOT / path).read_text())
        for path in ("dagster.yaml", "docker/dagster.yaml")
    )
    ours = {
        "module": "privaci_dagster.postgres_storage",
        "class": "Storage",
        "config": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}},
    }
    assert there.pop("storage") == {"custom": ours}
    assert here.pop("storage")["custom"]["module"] == "privaci_dagster.storage"
    assert here == there


def free_port() -> str:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Native:
    """The compose file with its variables, paths, hosts and ports replaced by this machine's."""

    def __init__(self, folder: Path, source: str, target: str, storage: str) -> None:
        (folder / "dagster").mkdir()
        for name in ("dagster.yaml", "workspace.yaml"):
            shutil.copy(ROOT / "docker" / name, folder / "dagster" / name)
        code, web = free_port(), free_port()
        self.places = {
            "/opt/dagster": str(folder / "dagster"),
            "/project": str(ROOT / "docker" / "project"),
            "/lock": str(folder),
            "/proofs": str(folder / "proofs"),
            "4000": code,
            "3000": web,
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - what the file says, replaced by the loopback
        }
        self.environ = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "DAGSTER_HOME": str(folder / "dagster"),
        }
        self.known = {
            "SOURCE_DB_URL": source,
            "TARGET_DB_URL": target,
            "DAGSTER_POSTGRES_URL": storage,
            "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
            "PRIVACI_CODE_HOST": "127.0.0.1",
        }

    def with_project(self, folder: Path) -> Native:
        """The same with a folder of policy and scenarios of one's own."""
        self.places["/project"] = str(folder)
        self.places["8765"] = free_port()
        return self

    def words(self, words: list[str]) -> list[str]:
        """A command with its places put right."""
        pattern = re.compile("|".join(map(re.escape, self.places)))
        return [pattern.sub(lambda match: self.places[match[0]], word) for word in words]

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """A service's variables with their values put right."""
        given = {name: text for name, text in service["environment"].items() if text is not None}
        said = {name: self.words([str(text)])[0] for name, text in given.items()}
        return {
            **self.environ,
            **said,
            **{name: self.known[name] for name in said if name in self.known},
        }

    @contextmanager
    def started(self, name: str) -> Iterator[None]:
        """A service for as long as it is needed, once its own healthcheck passes."""
        service = COMPOSE["services"][name]
        environ = self.environment(service)
        process = subprocess.Popen(
            self.words(service["command"]),
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            check = self.words(service["healthcheck"]["test"][1:])
            deadline = time.monotonic() + PATIENCE
            while subprocess.run(check, env=environ, capture_output=True, check=False).returncode:
                assert process.poll() is None, f"{name} ended with {process.returncode}"
                assert time.monotonic() < deadline, f"{name} did not become healthy"
                time.sleep(0.5)
            yield
        finally:
            # As an engine stops a container: asked first, then ended with everything in it.
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_GRACE_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


@pytest.mark.e2e
def test_the_service_of_test_data_answers_its_client(databases: Databases, tmp_path: Path) -> None:
    """It is healthy over a published target, and makes rows for who has the token."""
    target = databases.create(databases.template("shop", publish))
    storage = databases.create()
    scenarios_in(tmp_path)
    url = url_of(storage, databases)
    native = Native(tmp_path, "", target, url).with_project(tmp_path)
    native.known["CI_TOKEN"] = TOKEN
    address = f"http://127.0.0.1:{native.places['8765']}/test-data/requests"
    body = b'{"scenario": "denied"}'
    with native.started("test-data"):
        for token, status in (("another-token-0123", 401), (TOKEN, 200)):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            assert answered(Request(address, body, headers)) == status
    databases.drop(target)
    databases.drop(storage)


def url_of(dsn: str, databases: Databases) -> str:
    """The address of a database as Dagster's storage reads it."""
    host = psycopg.conninfo.conninfo_to_dict(databases.maintenance).get("host", "localhost")
    return f"postgresql://postgres@/{psycopg.conninfo.conninfo_to_dict(dsn)['dbname']}?host={host}"


def answered(request: Request) -> int:
    """The status of an answer."""
    try:
        with urlopen(request) as answer:  # noqa: S310 - this machine's
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.e2e
@pytest.mark.slow
def test_the_services_start_and_are_healthy(
    company_db: str, target_db: str, source_db: str, tmp_path: Path, databases: Databases
) -> None:
    """Introspection, code location, webserver, daemon: each with its command and healthcheck."""
    native = Native(tmp_path, company_db, target_db, url_of(source_db, databases))
    introspect = COMPOSE["services"]["introspect"]
    done = subprocess.run(
        native.words(introspect["command"]),
        env=native.environment(introspect),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    with ExitStack() as running:
        for name in ("code", "webserver", "daemon"):
            running.enter_context(native.started(name))
    with psycopg.connect(source_db) as storage:
        assert storage.execute(
            "SELECT to_regclass('public.event_logs') IS NOT NULL"
        ).fetchone() == (True,)
