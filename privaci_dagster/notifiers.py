"""Sends messages by Apprise's services and by installed plugins; shows neither their addresses."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PreflightError
from privaci_core.policy.plugin_kinds import plugin_of
from privaci_core.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.policy.plugin_kinds import Notifier

APPRISE_VARIABLE, NOTIFIERS_VARIABLE = "PRIVACI_NOTIFY_URLS", "PRIVACI_NOTIFIERS"
DOCS = "docs/how-to/alerts.md"
# Schemes of ours, not of Apprise's services.
SECRETS = ("vault://", "aws-sm://", "azure-kv://", "file:///")


def tell_services(addresses: str, environ: Mapping[str, str], subject: str, text: str) -> None:
    """Send a message to services by Apprise's addresses, or by those that secret URIs lead to."""
    service = _apprise().Apprise()
    words = [_resolved(word, environ) for word in addresses.split()]
    try:
        with _quiet(logging.getLogger("apprise")):
            known = all(service.add(address) for word in words for address in word.split())
            is_sent = known and service.notify(title=subject, body=text, body_format="text")
    except Exception as error:  # noqa: BLE001 - its text may hold an address, which is a secret
        raise unsent("the services", error) from None
    if not known:
        raise PreflightError(
            "Sending a message to the services",
            f"{APPRISE_VARIABLE} holds an address that Apprise does not know",
            "Write it as Apprise's documentation of the service says.",
            DOCS,
        )
    if not is_sent:
        raise unsent("the services", ConnectionError())


def _resolved(word: str, environ: Mapping[str, str]) -> str:
    """One or several addresses: those of a variable, or of the secret that it names."""
    return resolve(word, environ).reveal() if word.startswith(SECRETS) else word


def tell_plugins(names: str, subject: str, text: str) -> None:
    """Send a message by each of the notifiers that are named."""
    for name in names.replace(",", " ").split():
        notifier: Notifier = plugin_of("notifier", name)
        try:
            notifier.notify(subject, text)
        except Exception as error:  # noqa: BLE001 - a plugin's error may hold its secrets
            raise unsent(f"the notifier {name}", error) from None


def unsent(where: str, error: Exception) -> PreflightError:
    """A message that did not arrive, by the kind of the error alone."""
    remedy = "Check that it can be reached from here, and the variable that holds its address."
    return PreflightError(f"Sending a message to {where}", type(error).__name__, remedy)


@contextmanager
def _quiet(log: logging.Logger) -> Iterator[None]:
    """Say nothing in a log that tells of addresses, which are secrets."""
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _apprise() -> Any:
    try:
        return import_module("apprise")
    except ModuleNotFoundError:
        raise PreflightError(
            "Sending a message to the services",
            f"{APPRISE_VARIABLE} is set, and Apprise is not installed",
            'Install it: pip install "privaci-dagster[notify]".',
            DOCS,
        ) from None
