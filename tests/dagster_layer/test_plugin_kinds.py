"""Plugins of the group `privaci.plugins` at work: messages, reports, drift, and the policy."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from privaci_core.errors import DriftError, PolicyError, PreflightError
from privaci_core.plan.detectors import detected
from privaci_core.plan.drift import Change, concerning, refuse_drift
from privaci_core.policy import load_policy
from privaci_core.policy.enhance import ENHANCER_VARIABLE
from privaci_dagster.cli.rendered_report import deliver, rendered
from privaci_dagster.notifiers import APPRISE_VARIABLE, NOTIFIERS_VARIABLE
from privaci_dagster.notify import Notify
from privaci_dagster.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Apprise imports a module that Python 3.13 no longer has, where there is one.
pytestmark = [
    pytest.mark.dagster,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]
CONTENT = {"columns": [{"table": "public.a", "column": "b", "action": "hash"}]}
REPORT = b"table,column,action\npublic.a,b,hash\n"


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that takes JSON: its address as Apprise writes it, and what it heard."""
    heard: list[dict[str, str]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://ops:secret@127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()


def notify_of(**environ: str) -> Notify:
    """The resource of a project with these variables."""
    return Notify.of(Project(environ=environ))


def test_a_message_reaches_apprises_services(
    service: tuple[str, list[dict[str, str]]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By an address, or by a secret URI of one; no log tells of it."""
    address, heard = service
    (tmp_path / "services").write_text(address)
    named = f"file://{tmp_path}/services"
    for variables in (
        {APPRISE_VARIABLE: address},
        {APPRISE_VARIABLE: named, "PRIVACI_SECRET_FILE_ROOTS": str(tmp_path)},
    ):
        notify = notify_of(**variables)
        assert notify.is_set
        notify.send("the run failed", "at target/schema")
    assert [(each["title"], each["message"]) for each in heard] == [
        ("the run failed", "at target/schema")
    ] * 2
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nowhere://ops:secret@host", "that Apprise does not know"),
        ("json://ops:secret@127.0.0.1:1/", "ConnectionError"),
    ],
)
def test_a_service_that_cannot_be_told_is_an_error_without_its_address(
    address: str, why: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown, or away: the secret in it is shown nowhere."""
    with pytest.raises(PreflightError, match=why) as error:
        notify_of(**{APPRISE_VARIABLE: address}).send("a", "b")
    shown = capsys.readouterr()
    assert "secret" not in f"{error.value}{caplog.text}{shown.out}{shown.err}"


@pytest.mark.usefixtures("plugins")
def test_an_installed_notifier_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The named ones alone; an error of one is told by its kind."""
    outbox = tmp_path / "outbox.txt"
    monkeypatch.setenv("OUTBOX", str(outbox))
    assert not notify_of().is_set
    notify = notify_of(**{NOTIFIERS_VARIABLE: "outbox"})
    assert notify.is_set
    notify.send("a subject", "a text")
    assert outbox.read_text() == "a subject\na text\n"
    monkeypatch.delenv("OUTBOX")
    with pytest.raises(PreflightError, match=r"notifier outbox\n  Cause: KeyError"):
        notify.send("a subject", "a text")


@pytest.mark.usefixtures("plugins")
def test_a_report_is_rendered_and_delivered(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """To stdout, to a file, or to an address of a writer's scheme."""
    report = rendered(CONTENT, "csv")
    deliver(report, "")
    assert capfdbinary.readouterr().out == REPORT
    for place in (f"{tmp_path}/file.csv", f"folder://{tmp_path}/object.csv"):
        deliver(report, place)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "file.csv": REPORT,
        "object.csv": REPORT,
    }
    with pytest.raises(PreflightError, match="KeyError"):
        rendered({}, "csv")
    with pytest.raises(PreflightError, match=r"object_writer\.other is installed"):
        deliver(report, "other://bucket/report")
    with pytest.raises(PreflightError, match=r"Writing .*\n  Cause: File exists"):
        deliver(report, f"{tmp_path}/file.csv/below.csv")
    deliver(report, f"{tmp_path}/missing/file.csv")
    assert (tmp_path / "missing/file.csv").read_bytes() == REPORT


@pytest.mark.usefixtures("plugins")
def test_a_detector_adds_to_what_needs_a_review() -> None:
    """In sentences of its own, which concern a run of any tables."""
    changes = [
        Change(kind="added", place=place, said="new", blocks=False, table=place)
        for place in ("public.invoice", "public.note")
    ]
    (found,) = detected(changes)
    assert str(found) == "detected by loud: added public.invoice: new: it is about money"
    assert concerning([*changes, found], frozenset({"public.team"})) == [found]
    with pytest.raises(DriftError, match="about money"):
        refuse_drift([found])


@pytest.mark.usefixtures("plugins")
def test_an_enhancer_changes_the_policy_before_it_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command sees the changed policy; without the variable nobody is asked."""
    path = tmp_path / "mask-rules.yaml"
    path.write_text('version: "1.0"\n')
    assert load_policy(path).unlisted != "mask"
    monkeypatch.setenv(ENHANCER_VARIABLE, "careful")
    assert load_policy(path).unlisted == "mask"
    monkeypatch.setattr("privaci_example.kinds.Careful.enhance", lambda *_: 1 / 0)
    with pytest.raises(PolicyError, match="raised ZeroDivisionError"):
        load_policy(path)
    monkeypatch.setattr("privaci_example.kinds.Careful.enhance", lambda *_: {"odd": 1})
    with pytest.raises(PolicyError, match="odd"):
        load_policy(path)
