"""Sends messages to a webhook and by e-mail; its resource names variables, and holds no secret."""

from __future__ import annotations

import html
import json
import os
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage
from types import new_class
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import dagster as dg
from pydantic import Field

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve
from privaci_dagster.notifiers import (
    APPRISE_VARIABLE,
    NOTIFIERS_VARIABLE,
    tell_plugins,
    tell_services,
    unsent,
)
from privaci_dagster.project import SMTP_VARIABLE, WEBHOOK_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self
    from urllib.parse import SplitResult

    from privaci_dagster.project import Project

RESOURCE = "notify"
SECONDS = 10
WEB, MAIL = ("https://", "http://"), ("smtp://", "smtps://")


class Notify(dg.ConfigurableResource["Notify"]):
    """Tells people of runs: replace it by a resource of your own with a `send` like this one."""

    webhook_variable: str = WEBHOOK_VARIABLE
    smtp_variable: str = SMTP_VARIABLE
    recipients: list[str] = Field(default_factory=list)

    # Set on a class of each project's own, as the resource of a refresh does.
    environ: ClassVar[Mapping[str, str]] = os.environ

    @classmethod
    def of(cls, project: Project) -> Self:
        """The resource of a project; it reads the project's variables."""
        members = {"__module__": cls.__module__, "__doc__": cls.__doc__, "environ": project.environ}
        bound: type[Self] = new_class(
            cls.__name__, (cls,), exec_body=lambda body: body.update(members)
        )
        return bound(
            webhook_variable=project.webhook_variable,
            smtp_variable=project.smtp_variable,
            recipients=list(project.notify_email),
        )

    @property
    def is_set(self) -> bool:
        """Whether there is anywhere to send a message to."""
        known = (self.webhook_variable, NOTIFIERS_VARIABLE, APPRISE_VARIABLE)
        return bool(any(map(self.environ.get, known)) or self.recipients)

    def send(self, subject: str, text: str) -> None:
        """Send a message everywhere that is set; names and counts, no value."""
        webhook = self.environ.get(self.webhook_variable, "")
        if webhook:
            post(self._address(webhook, WEB, self.webhook_variable), f"{subject}\n{text}")
        if self.recipients:
            server = self.environ.get(self.smtp_variable, "")
            address = self._address(server, MAIL, self.smtp_variable)
            mail(urlsplit(address), self.recipients, subject, text)
        services = self.environ.get(APPRISE_VARIABLE, "")
        if services:
            tell_services(services, self.environ, subject, text)
        tell_plugins(self.environ.get(NOTIFIERS_VARIABLE, ""), subject, text)

    def _address(self, value: str, schemes: tuple[str, ...], variable: str) -> str:
        """The address that a variable holds, or that its secret URI leads to."""
        is_secret = value and not value.startswith(schemes)
        address = resolve(value, self.environ).reveal() if is_secret else value
        if not address.startswith(schemes):
            why = f"{variable} holds no address that begins with {' or '.join(schemes)}"
            raise PreflightError("Sending a message", why, f"Correct {variable}.")
        return address


def post(address: str, text: str) -> None:
    """Send a text to a webhook, in the form that Slack takes."""
    # There, a name such as <!channel> would call everybody.
    body = json.dumps({"text": html.escape(text, quote=False)}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - its scheme is checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - see above
            pass
    except (OSError, ValueError) as error:
        # Its text may hold the address, which is a secret.
        raise unsent("the webhook", error) from None


def mail(server: SplitResult, recipients: Sequence[str], subject: str, text: str) -> None:
    """Send a text by e-mail; the connection is encrypted wherever the server can."""
    message = EmailMessage()
    message["Subject"], message["To"] = subject, ", ".join(recipients)
    message["From"] = parse_qs(server.query).get("from", [f"privaci@{server.hostname}"])[0]
    message.set_content(text)
    try:
        with _connected(server) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise unsent("the mail server", error) from None


def _connected(server: SplitResult) -> smtplib.SMTP:
    host, context = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or 465, timeout=SECONDS, context=context)
    connection = smtplib.SMTP(host, server.port or 587, timeout=SECONDS)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=context)
    elif server.password:
        connection.close()
        raise ssl.SSLError
    return connection
