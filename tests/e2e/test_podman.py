"""podman-compose itself reads the compose files; a script in the place of podman takes notes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE = "compose.yml"
WORKERS = "docker/celery/compose.yml"
SECRETS = {
    "SOURCE_PASSWORD": "of the source",
    "TARGET_PASSWORD": "of the target",
    "DAGSTER_PASSWORD": "of the storage",
    "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
}
# What podman-compose asks before it makes a container. Each call is noted as a line of shell words.
PODMAN = """\
#!/bin/sh
case "$1" in
    --version) echo "podman version {version}" ;;
    ps) echo "[]" ;;
    *) for word in "$@"; do printf '%s\\0' "$word"; done >> {calls}; printf '\\n\\0' >> {calls} ;;
esac
"""


class Podman:
    """podman-compose on a machine whose podman only takes notes."""

    def __init__(self, folder: Path, version: str) -> None:
        self.calls_path = folder / "calls"
        self.calls_path.touch()
        program = folder / "podman"
        program.write_text(PODMAN.format(version=version, calls=shlex.quote(str(self.calls_path))))
        program.chmod(0o755)
        self.environ = {**os.environ, **SECRETS, "PATH": f"{folder}:{os.environ['PATH']}"}

    def compose(self, files: list[str], *words: str) -> subprocess.CompletedProcess[str]:
        """Run podman-compose on these files."""
        program = str(Path(sys.executable).parent / "podman-compose")
        named = [word for file in files for word in ("-f", file)]
        return subprocess.run(
            [program, "--profile", "s3", "--profile", "test-data", *named, *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[list[str]]:
        """The words of each call of podman."""
        calls = self.calls_path.read_text().split("\n\0")
        return [call.rstrip("\0").split("\0") for call in calls if call]


def created(podman: Podman) -> dict[str, list[str]]:
    """The words by which each service's container was made."""
    alias = "--network=privaci_default:alias="
    return {
        word.removeprefix(alias): call
        for call in podman.calls()
        if call[0] == "create"
        for word in call
        if word.startswith(alias)
    }


@pytest.mark.e2e
def test_podman_compose_reads_the_files(tmp_path: Path) -> None:
    """Both files together are read as written: each service, its command and its conditions."""
    done = Podman(tmp_path, "5.4.0").compose([COMPOSE, WORKERS], "config")
    assert done.returncode == 0, done.stderr[-1000:]
    read = yaml.safe_load(done.stdout)["services"]
    files = [yaml.safe_load((ROOT / file).read_text())["services"] for file in (COMPOSE, WORKERS)]
    assert read.keys() == files[0].keys() | files[1].keys()
    for name, service in (files[1] | files[0]).items():
        assert read[name].get("command") == as_read(service.get("command")), name
        waits = {other: {"condition": wait["condition"]} for other, wait in waits_of(service)}
        assert read[name].get("depends_on", {}) == waits, name


def as_read(command: list[str] | None) -> list[str] | None:
    """A command in which two signs of a dollar have become one."""
    return command and [word.replace("$$", "$") for word in command]


def waits_of(service: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """What a service waits for."""
    return list(service.get("depends_on", {}).items())


@pytest.mark.e2e
@pytest.mark.parametrize("missing", SECRETS)
def test_podman_compose_asks_for_secrets(missing: str, tmp_path: Path) -> None:
    """A secret that is not set stops it, by its name."""
    podman = Podman(tmp_path, "5.4.0")
    del podman.environ[missing]
    done = podman.compose([COMPOSE], "config")
    assert done.returncode != 0
    assert missing in done.stdout + done.stderr or "set a password" in done.stderr


@pytest.mark.e2e
def test_podman_makes_closed_containers(tmp_path: Path) -> None:
    """Podman is told of each closed root, each healthcheck, and labels for SELinux."""
    podman = Podman(tmp_path, "5.4.0")
    assert podman.compose([COMPOSE], "up", "--no-build", "--detach").returncode == 0
    services = yaml.safe_load((ROOT / COMPOSE).read_text())["services"]
    made = created(podman)
    assert made.keys() == services.keys()
    for name, words in made.items():
        assert "--read-only" in words, name
        assert words[words.index("--cap-drop") + 1] == "ALL", name
        assert words[words.index("--security-opt") + 1] == "no-new-privileges:true", name
        assert ("--health-cmd" in words) == ("healthcheck" in services[name]), name
        folders = [words[at + 1] for at, word in enumerate(words) if word == "-v"]
        assert all("z" in folder.rsplit(":", 1)[1].split(",") for folder in folders), name


@pytest.mark.e2e
def test_an_old_podman_waits_for_nothing(tmp_path: Path) -> None:
    """Before 4.6 nobody waits for a healthy database, so what fails too early is started again."""
    podman = Podman(tmp_path, "4.3.1")
    assert podman.compose([COMPOSE], "up", "--no-build", "--detach").returncode == 0
    assert not [call for call in podman.calls() if "--condition=healthy" in call]
    services = yaml.safe_load((ROOT / COMPOSE).read_text())["services"]
    for name, words in created(podman).items():
        restart = words[words.index("--restart") + 1]
        if waits_of(services[name]) or restart != "no":
            assert restart in {"unless-stopped", "on-failure:10"}, name
