"""Reads a scenario file and checks all of it before anything connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from privaci_core.policy.explain import explain
from privaci_core.policy.findings import Finding, FindingsError
from privaci_core.policy.yaml_text import Reading, read_yaml, text_in
from privaci_core.testdata.errors import DOCS
from privaci_core.testdata.mistakes import mistakes
from privaci_core.testdata.scenario import Scenario, model_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AGAIN = "privaci scenarios"
BEGIN = "Begin with scenario_id: a_name."


class ScenarioError(FindingsError):
    """A refused scenario, or one that does not fit the target; lists every finding."""

    code, status = "SCENARIO_INVALID", 422

    def __init__(self, context: str, findings: Sequence[Finding], again: str = AGAIN) -> None:
        super().__init__(context, findings, again)
        self.docs = DOCS

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[str, tuple[Finding, ...], str]]:
        return ScenarioError, (self.context, self.findings, self.again)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file."""
    return parse_scenario(_text(path), name=str(path))


def parse_scenario(text: str, *, name: str = "a scenario") -> Scenario:
    """The scenario in a text."""
    reading = read_yaml(text)
    scenario, findings = _validate(reading)
    # Raised outside any handler: pydantic's error holds the input.
    if scenario is None or findings:
        raise ScenarioError(f"Reading {name}", findings)
    return scenario


def _validate(reading: Reading) -> tuple[Scenario | None, list[Finding]]:
    if not isinstance(reading.value, dict):
        return None, _no_mapping(reading)
    findings = list(reading.findings)
    try:
        scenario = Scenario.model_validate(reading.value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [explain(each, reading.value, reading.lines, model_at) for each in details]
        return None, _in_order([*findings, *found])
    scenario._lines = reading.lines  # noqa: SLF001 - the one place that fills it
    return scenario, _in_order([*findings, *mistakes(scenario)])


def _no_mapping(reading: Reading) -> list[Finding]:
    if reading.nodes == 0 and reading.findings and reading.findings[0].line is None:
        reason = reading.findings[0].reason
        return [Finding(path="", reason=reason, remedy=BEGIN)]
    not_one = Finding(path="", line=1, reason="the file is not a mapping", remedy=BEGIN)
    return reading.findings or [not_one]


def _in_order(findings: list[Finding]) -> list[Finding]:
    return sorted(set(findings), key=lambda finding: (finding.line or 0, finding.path))


def _text(path: Path) -> str:
    text = text_in(path, "Name a folder of scenario files that you may read.")
    if isinstance(text, str):
        return text
    raise ScenarioError(f"Reading {path}", [text])
