"""Messages about runs that ended: to a webhook and by e-mail, with what failed and what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.mailbox import Mailbox, Webhook, serving
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from substrate.databases import run

from privaci_core.errors import PreflightError
from privaci_dagster.automation import NOT_OURS, NOWHERE
from privaci_dagster.build import build_definitions
from privaci_dagster.notify import Notify
from privaci_dagster.project import SMTP_VARIABLE, WEBHOOK_VARIABLE, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.dagster

PEOPLE = ("a@example.test", "b@example.test")
TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text, note text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'nothing'
FROM generate_series(1, 50) AS n;
"""
POLICY = (
    NOTHING_MASKED
    + "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
)
ENDS = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS}
PLANT = "UPDATE person SET note = 'write to ' || email WHERE id = 7"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server."""
    with serving(Mailbox()) as server:
        yield server


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A web server."""
    with serving(Webhook()) as server:
        yield server


@pytest.fixture
def project(
    source_db: str, target_db: str, tmp_path: Path, mailbox: Mailbox, webhook: Webhook
) -> Project:
    """A project that tells both."""
    run(source_db, *TABLES.strip().split(";\n"))
    made = project_in(tmp_path, source_db, target_db, POLICY)
    addresses = {SMTP_VARIABLE: mailbox.url, WEBHOOK_VARIABLE: webhook.url}
    return replace(
        made,
        environ={**made.environ, **addresses},
        notify_email=PEOPLE,
        notify_success=True,
    )


def tell(
    project: Project, instance: Any, result: Any, prefix: str = "", channel: Any = None
) -> Any:
    """Tell of a run as the daemon does: each sensor whose status it has."""
    definitions = build_definitions(replace(project, prefix=prefix))
    name = "tell_of_successes" if result.success else "tell_of_failures"
    sensor: Any = definitions.resolve_sensor_def(f"{prefix}_{name}" if prefix else name)
    (event,) = (each for each in result.all_events if each.event_type in ENDS)
    (key,) = sensor.required_resource_keys
    resources: Any = definitions.resources
    if channel is not None:
        resources[key] = channel
    resources = {key: resources[key]}
    context = dg.build_run_status_sensor_context(
        sensor.name, event, instance, result.dagster_run, resources=resources
    )
    return sensor(context)


def test_a_failure_is_told_with_its_reason_and_remedy(
    source_db: str,
    project: Project,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: Mailbox,
    webhook: Webhook,
) -> None:
    """A table that nobody has reviewed: both channels say so, and what to do."""
    run(source_db, "CREATE TABLE other (id int)")
    result = refresh(project, instance, monkeypatch)
    assert tell(project, instance, result) is None
    (text,), (message,) = webhook.heard, mailbox.messages
    first = f"PrivaCI: the run {result.run_id} of refresh failed at target__schema."
    assert text.splitlines()[0] == message["Subject"] == first
    assert "added public.other: a new table of 1 column" in text
    assert "run privaci introspect" in text
    assert message.get_content().split() == text.partition("\n")[2].split()
    assert (message["To"], message["From"]) == (", ".join(PEOPLE), "privaci@example.test")
    assert mailbox.envelopes[0][1:] == [f"rcpt TO:<{person}>" for person in PEOPLE]


def test_a_refusal_is_told_in_the_words_of_the_check(
    source_db: str,
    project: Project,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    webhook: Webhook,
) -> None:
    """The column, the remedy, and no value."""
    run(source_db, PLANT)
    result = refresh(project, instance, monkeypatch)
    assert tell(project, instance, result) is None
    (text,) = webhook.heard
    said = "no_originals: public.person.note holds 1 e-mail address of public.person.email. Mask it"
    assert said in text
    assert "secret7" not in text


def test_a_success_is_told_by_choice(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch, webhook: Webhook
) -> None:
    """How much was published; the sensor is on from the start only where that is wanted."""
    result = refresh(project, instance, monkeypatch)
    assert result.success
    assert tell(project, instance, result) is None
    (text,) = webhook.heard
    assert "published its target: 1 tables, 50 rows, 1 masked columns" in text
    for wanted, status in ((True, "RUNNING"), (False, "STOPPED")):
        definitions = build_definitions(replace(project, notify_success=wanted))
        sensor = definitions.resolve_sensor_def("tell_of_successes")
        assert sensor.default_status.value == status
        assert definitions.resolve_sensor_def("tell_of_failures").default_status.value == "RUNNING"


def test_nothing_is_told_of_other_peoples_runs(
    project: Project, instance: Any, webhook: Webhook
) -> None:
    """Another database's run, and a job of the project that is none of ours."""

    @dg.op
    def theirs() -> None:
        raise ValueError("a value of theirs")

    @dg.job
    def their_job() -> None:
        theirs()

    result = their_job.execute_in_process(instance=instance, raise_on_error=False)
    assert tell(project, instance, result).skip_message == NOT_OURS
    assert tell(project, instance, result, prefix="crm").skip_message == NOT_OURS
    assert webhook.heard == []


class Notebook(dg.ConfigurableResource["Notebook"]):
    """A channel of a project's own."""

    path: str
    is_set: bool = True

    def send(self, subject: str, text: str) -> None:
        """Keep the message."""
        Path(self.path).write_text(f"{subject}\n{text}", encoding="utf-8")


def test_a_project_puts_a_channel_of_its_own_in_place(
    source_db: str,
    project: Project,
    instance: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    webhook: Webhook,
) -> None:
    """As the page of alerts says: the sensor takes whatever resource has the name."""
    run(source_db, "CREATE TABLE other (id int)")
    result = refresh(project, instance, monkeypatch)
    own = Notebook(path=str(tmp_path / "message.txt"))
    assert tell(project, instance, result, channel=own) is None
    assert "public.other" in (tmp_path / "message.txt").read_text(encoding="utf-8")
    assert webhook.heard == []


def test_where_no_address_is_set_nothing_is_sent(
    source_db: str, project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sensor is off, and skips if it is switched on."""
    run(source_db, "CREATE TABLE other (id int)")
    environ = {**project.environ, WEBHOOK_VARIABLE: ""}
    silent = replace(project, environ=environ, notify_email=())
    result = refresh(silent, instance, monkeypatch)
    assert tell(silent, instance, result).skip_message == NOWHERE
    sensor = build_definitions(silent).resolve_sensor_def("tell_of_failures")
    assert sensor.default_status.value == "STOPPED"


def notify_of(**environ: str) -> Notify:
    """The resource of a project with these variables."""
    to = PEOPLE if SMTP_VARIABLE in environ else ()
    return Notify.of(Project(environ=environ, notify_email=to))


@pytest.mark.parametrize(
    ("address", "why"),
    [("ftp://corp.example/x", "scheme"), ("env://HOOK", "no address that begins with https://")],
)
def test_an_address_that_is_none_is_refused(address: str, why: str) -> None:
    """A file or a word is not an address, given directly or by a secret URI."""
    with pytest.raises(PreflightError, match=why):
        notify_of(**{WEBHOOK_VARIABLE: address, "HOOK": "a word"}).send("subject", "text")


def test_a_mail_server_that_is_not_set_is_named() -> None:
    """Recipients alone are not enough."""
    with pytest.raises(PreflightError, match="PRIVACI_SMTP_URL holds no address"):
        notify_of(**{SMTP_VARIABLE: ""}).send("subject", "text")


def test_what_a_server_answers_is_not_repeated() -> None:
    """Nor is an address with its password: the error says which server, and its class."""
    with serving(Mailbox(refuses="MAIL")) as server, pytest.raises(PreflightError) as caught:
        notify_of(**{SMTP_VARIABLE: server.url}).send("subject", "text")
    assert "SMTPSenderRefused" in str(caught.value)
    assert "privaci@example.test" not in str(caught.value)
    with pytest.raises(PreflightError) as caught:
        notify_of(**{WEBHOOK_VARIABLE: "http://127.0.0.1:1/secret-path"}).send("subject", "text")
    assert "URLError" in str(caught.value)
    assert "secret-path" not in str(caught.value)


def test_a_name_calls_nobody_in_the_channel(webhook: Webhook) -> None:
    """What Slack would take for a mention or a link is escaped as it asks for."""
    notify_of(**{WEBHOOK_VARIABLE: webhook.url}).send("subject", 'public."<!channel>" & more')
    assert webhook.heard == ['subject\npublic."&lt;!channel&gt;" &amp; more']


def test_a_password_is_not_sent_in_the_clear(mailbox: Mailbox) -> None:
    """A server that offers no encryption gets neither the password nor the message."""
    address = mailbox.url.replace("smtp://", "smtp://user:word@")
    with pytest.raises(PreflightError, match="SSLError"):
        notify_of(**{SMTP_VARIABLE: address}).send("subject", "text")
    assert (mailbox.logins, mailbox.messages) == ([], [])
