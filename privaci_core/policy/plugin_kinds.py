"""The kinds of plugins that are found in one group of entry points, and what each is asked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, Literal, Protocol

from privaci_core.errors import PreflightError
from privaci_core.policy.plugins import plugins_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# An entry point is named after its kind, with a name of its own behind a dot: notifier.pager.
GROUP = "privaci.plugins"
DOCS = "docs/how-to/plugins.md"

KindName = Literal[
    "llm_connector",
    "notifier",
    "report_renderer",
    "object_writer",
    "drift_detector",
    "run_enhancer",
]


class LlmConnector(Protocol):
    """Asks a language model to rewrite texts in which every name is a fake."""

    def refine(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """As many texts as it is given, in their order."""


class Notifier(Protocol):
    """Tells people of runs that ended."""

    def notify(self, subject: str, text: str) -> None:
        """Send a message, of names and counts."""


class ReportRenderer(Protocol):
    """Writes the report of a refresh in a format of its own."""

    def render(self, content: Mapping[str, Any]) -> bytes:
        """The report of what a proof says."""


class ObjectWriter(Protocol):
    """Keeps reports at addresses of a scheme of its own."""

    def write(self, address: str, content: bytes) -> None:
        """Write an object, whole or not at all."""


class DriftDetector(Protocol):
    """Finds more in the changes of a source than we do."""

    def detect(self, changes: Sequence[str]) -> Sequence[str]:
        """What else needs a review, in sentences; the changes are in words too."""


class RunEnhancer(Protocol):
    """Changes the policy of a run, before it is checked."""

    def enhance(self, policy: Mapping[str, Any]) -> Mapping[str, Any]:
        """The policy to use, as the file would hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of plugin: the method that it must have, and the connectors that come with us."""

    name: KindName
    method: str
    # Named, not imported: each needs libraries of its own.
    built_in: Mapping[str, str]


KINDS = (
    Kind(
        name="llm_connector",
        method="refine",
        built_in={
            "openai": "privaci_core.masks.text.model_connectors:OpenAi",
            "azure_openai": "privaci_core.masks.text.model_connectors:AzureOpenAi",
            "aws_bedrock": "privaci_core.masks.text.model_connectors:Bedrock",
        },
    ),
    Kind(name="notifier", method="notify", built_in={}),
    Kind(name="report_renderer", method="render", built_in={}),
    Kind(name="object_writer", method="write", built_in={}),
    Kind(name="drift_detector", method="detect", built_in={}),
    Kind(name="run_enhancer", method="enhance", built_in={}),
)
KIND_NAMED = {kind.name: kind for kind in KINDS}


def plugins_named(kind: KindName) -> frozenset[str]:
    """The names of the plugins of a kind; none is imported."""
    return frozenset(_entries(kind))


def plugin_of(kind: KindName, name: str) -> Any:
    """A plugin of a kind: what its entry point names, made if that is a class."""
    entry = _entries(kind).get(name)
    if entry is None:
        known = ", ".join(sorted(plugins_named(kind))) or "there are no others"
        raise PreflightError(
            f"Looking for the {kind} {name}",
            f"no plugin {kind}.{name} is installed ({GROUP})",
            f"Install it where this runs, or name another: {known}.",
            DOCS,
        )
    return _made(entry, kind)


def _entries(kind: KindName) -> dict[str, EntryPoint]:
    """The entry points of a kind by name; an installed one goes before one that is built in."""
    built_in = KIND_NAMED[kind].built_in.items()
    found = {name: EntryPoint(f"{kind}.{name}", value, GROUP) for name, value in built_in}
    for entry in plugins_in(GROUP):
        if entry.name == kind or entry.name.startswith(f"{kind}."):
            found[entry.name.removeprefix(kind).removeprefix(".") or "default"] = entry
    return found


def _made(entry: EntryPoint, kind: KindName) -> Any:
    method = KIND_NAMED[kind].method
    try:
        loaded = entry.load()
        plugin = loaded() if isinstance(loaded, type) else loaded
    except PreflightError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        why = f"{entry.value} does not load: {type(error).__name__}"
        raise _unusable(entry, why, "Fix the plugin, or uninstall it.") from None
    if not callable(getattr(plugin, method, None)):
        why = f"{entry.value} has no method {method}"
        raise _unusable(entry, why, f"Give it one, as docs say of a {kind}.")
    return plugin


def _unusable(entry: EntryPoint, why: str, remedy: str) -> PreflightError:
    return PreflightError(f"Loading the plugin {entry.name}", why, remedy, DOCS)
