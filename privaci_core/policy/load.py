"""Reads a policy file and checks all of it before anything connects."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from privaci_core.policy.document import Policy
from privaci_core.policy.enhance import enhanced
from privaci_core.policy.explain import explain
from privaci_core.policy.findings import IN_FILE, Finding, FindingsError
from privaci_core.policy.plugin_kinds import plugins_named
from privaci_core.policy.plugins import MASK_PLUGINS, REFINER_PLUGINS, installed
from privaci_core.policy.providers import known_providers
from privaci_core.policy.relations import relation_name, split_relation

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_core.policy.yaml_text import Reading

FILE = "mask-rules.yaml"


def load_policy(path: Path) -> Policy:
    """The policy in a file; it may name everything built in and every installed plugin."""
    return parse_policy(enhanced(_text(path)), name=str(path))


def parse_policy(text: str, *, name: str = FILE) -> Policy:
    """The policy in a text; see `load_policy`."""
    refiners = installed(REFINER_PLUGINS) | plugins_named("llm_connector")
    policy, findings = _read(text, known_providers(), refiners, installed(MASK_PLUGINS))
    # Raised outside any handler: pydantic's error holds the input, salts too, and must not be
    # this error's context.
    if policy is None or findings:
        raise FindingsError(f"Reading {name}", findings, IN_FILE)
    return policy


# A run asks for its policy five times, and three hundred tables take a tenth of a second.
@lru_cache(maxsize=1)
def _read(
    text: str, providers: frozenset[str], refiners: frozenset[str], masks: frozenset[str]
) -> tuple[Policy | None, list[Finding]]:
    """The policy in a text, and what is wrong with it, where these plugins are installed."""
    # Imported here: a worker gets its rules from another process and reads no file.
    from privaci_core.policy.yaml_text import read_yaml  # noqa: PLC0415

    names = {"providers": providers, "refiners": refiners, "masks": masks}
    return _validate(read_yaml(text), names)


def _validate(reading: Reading, context: dict[str, Any]) -> tuple[Policy | None, list[Finding]]:
    findings = list(reading.findings)
    if reading.value is None:
        return None, findings or [
            Finding(path="", reason="the file holds no value", remedy='Write version: "1.0".')
        ]
    if not isinstance(reading.value, dict):
        remedy = 'Begin with version: "1.0".'
        return None, [
            *findings,
            Finding(path="", line=1, reason="the file is not a mapping", remedy=remedy),
        ]
    try:
        policy = Policy.model_validate(reading.value, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        explained = [explain(detail, reading.value, reading.lines) for detail in details]
        return None, sorted(
            {*findings, *explained}, key=lambda finding: (finding.line or 0, finding.path)
        )
    _remember_lines(policy, reading)
    return policy, findings


def _remember_lines(policy: Policy, reading: Reading) -> None:
    """Keep the lines, also under the canonical spelling of every table's name."""
    for path, line in list(reading.lines.known.items()):
        parts = split_relation(str(path[1])) if path[0:1] == ("tables",) and len(path) > 1 else None
        if parts is not None:
            reading.lines.known.setdefault(("tables", relation_name(*parts), *path[2:]), line)
    policy._lines = reading.lines  # noqa: SLF001 - the one place that fills it


def _text(path: Path) -> str:
    from privaci_core.policy.yaml_text import text_in  # noqa: PLC0415 - as in parse_policy

    text = text_in(path, "Name the policy file, or write one with `privaci init`.")
    if isinstance(text, str):
        return text
    raise FindingsError(f"Reading {path}", [text], IN_FILE)
