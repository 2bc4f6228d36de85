"""A published target with a scenario, and `privaci serve` on it as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
TOKEN = "0123456789abcdef-ci"
# A busy machine takes more than a minute for a first answer; this ends one that never comes.
PATIENCE_SECONDS = 600
CASE = """
scenario_id: denied
description: An open member, a provider out of the network, and two claims.
linked_requirement_ids: [FR-001]
default_constraints: {status: open, year: 2026, amount: 12.5}
rows:
  member: {find: public.member, where: {status: "{status}"}, reserve: true}
  provider: {create: public.provider, values: {name: Out of Network}}
  claim:
    create: public.claim
    count: 2
    values: {member: "@member", provider: "@provider", year: "{year}", amount: "{amount}"}
validators:
  - {name: small, rule: "claim.amount < 100", message: The amount is too large.}
"""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer over HTTP."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.json["detail"]["error"]["code"])


@dataclass(frozen=True, kw_only=True)
class Served:
    """A service that runs."""

    url: str
    process: subprocess.Popen[str]

    def ask(
        self, path: str, body: Any = None, method: str = "", token: str = TOKEN, **headers: str
    ) -> Answered:
        """Send a request, with a token unless it is empty."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            names["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        names["content-type"] = "application/json"
        method = method or ("GET" if body is None else "POST")
        request = urllib.request.Request(self.url + path, data, names, method=method)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - as above
                return Answered(
                    status=answer.status, text=answer.read().decode(), headers=dict(answer.headers)
                )
        except urllib.error.HTTPError as error:
            return Answered(status=error.code, text=error.read().decode())


def scenarios_in(folder: Path) -> Path:
    """A folder with the scenario."""
    scenarios = folder / "scenarios"
    scenarios.mkdir(exist_ok=True)
    (scenarios / "denied.yaml").write_text(CASE, encoding="utf-8")
    return scenarios


def environ_of(target: str, folder: Path) -> dict[str, str]:
    """The variables of a service."""
    return {
        **os.environ,
        "TARGET_DB_URL": target,
        "CI_TOKEN": TOKEN,
        "PRIVACI_API_TOKENS": "ci=env://CI_TOKEN",
        "PRIVACI_SCENARIOS": str(scenarios_in(folder)),
        "DAGSTER_HOME": str(folder / "home"),
    }


@contextmanager
def serving(target: str, folder: Path, *options: str, **environ: str) -> Iterator[Served]:
    """`privaci serve` on a free port, until the test ends; its log is in the folder."""
    command = [BIN / "privaci", "serve", "--port", "0", *options]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=environ_of(target, folder) | environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.removeprefix("Test data: ").strip()
    assert url, (folder / "serve.log").read_text()
    try:
        yield Served(url=url, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()
