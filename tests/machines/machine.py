"""A machine of its own, as far as this one allows: its own files, folders, processes and name."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BIN = Path(sys.executable).parent
UNSHARE = (
    *("unshare", "--user", "--map-root-user", "--mount", "--uts", "--ipc"),
    *("--pid", "--fork", "--kill-child", "--mount-proc"),
)
# Gives the machine its name, and hides the folders of others from it.
ENTER = """
hostname "$1"; shift
while [ "$1" != -- ]; do mount -t tmpfs none "$1"; shift; done
shift; exec "$@"
"""
# What the image has: the instance, and what its workers read.
CELERY = Path(__file__).parents[2] / "docker" / "celery"
WORKER = yaml.safe_load((CELERY / "compose.yml").read_text())["services"]["worker"]["command"]
# Without Dagster's daemon nothing would take runs from a queue; the broker is one.
AT_ONCE = {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}
MUTATION = """
mutation($runs: [ExecutionParams!]!) {
  launchMultipleRuns(executionParamsList: $runs) {
    ... on LaunchMultipleRunsResult {
      launchMultipleRunsResult { __typename ... on LaunchRunSuccess { run { runId } } }
    }
    ... on PythonError { message }
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine with a copy of the project's files, and what its variables say."""

    name: str
    folder: Path
    environ: Mapping[str, str]
    # Folders of other machines, and of the databases' server: only the network leads there.
    hidden: tuple[Path, ...] = ()

    def prepare(self, project: Path) -> None:
        """Give it a home, a home of Dagster's, and a copy of the project."""
        for name in ("home", "dagster"):
            (self.folder / name).mkdir(parents=True)
        shutil.copytree(project, self.folder / "project")
        instance = yaml.safe_load((CELERY / "dagster.yaml").read_text())
        del instance["concurrency"]
        instance["run_coordinator"] = AT_ONCE
        (self.folder / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(instance))
        shutil.copy(CELERY / "dagster_celery_config.py", self.folder / "dagster")

    @contextmanager
    def working(self) -> Iterator[subprocess.Popen[bytes]]:
        """The machine's Celery worker, which takes one run after another; killed at the end."""
        command = [str(BIN / WORKER[0]), *WORKER[1:], f"--hostname={self.name}@%h"]
        with (
            (self.folder / "worker.log").open("wb") as log,
            subprocess.Popen(
                self._inside(command),
                cwd=self.folder / "project",
                env=self._environ(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                kill(process)

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine."""
        return subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.folder / "project",
            env={**self._environ(), **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def launch(self, runs: Sequence[Mapping[str, Any]]) -> list[str]:
        """Launch runs of the code location, as the UI and the daemon do; returns their names."""
        answer = self.folder / "answer.json"
        done = self.run(
            *("dagster-graphql", "-m", "privaci_dagster.definitions", "-t", MUTATION),
            *("-v", json.dumps({"runs": runs}), "-o", str(answer)),
        )
        assert done.returncode == 0, done.stderr[-3000:]
        launched = json.loads(answer.read_text())["data"]["launchMultipleRuns"]
        return [each["run"]["runId"] for each in launched["launchMultipleRunsResult"]]

    def _environ(self) -> dict[str, str]:
        """Nothing of this process's variables but where programs are."""
        return {
            **self.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "PYTHONPATH": str(self.folder / "dagster"),
        }

    def _inside(self, command: Sequence[str]) -> list[str]:
        """The command in namespaces of its own, where this machine allows them."""
        if not has_namespaces():
            return list(command)
        hidden = [str(folder) for folder in self.hidden]
        return [*UNSHARE, "sh", "-euc", ENTER, "sh", self.name, *hidden, "--", *command]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a machine: all of its processes, and none of them can clean up."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@cache
def has_namespaces() -> bool:
    """Whether a process may have a name, folders and processes of its own here."""
    if shutil.which(UNSHARE[0]) is None:
        return False
    probe = [*UNSHARE, "sh", "-euc", ENTER, "sh", "probe", "/mnt", "--", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
