"""Writes findings as SARIF 2.1.0, which code hosts show beside the lines of a pull request."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.policy import Finding

Kind = Literal["policy", "copied", "masked"]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# What each kind of finding is, how much it matters, and what to do.
RULES: Mapping[Kind, tuple[str, str, str, str]] = {
    "policy": (
        "policy-mistake",
        "error",
        "The policy, or the plan that it makes, is refused.",
        "Correct the line; `privaci validate` checks the file again.",
    ),
    "copied": (
        "personal-column-copied",
        "warning",
        "A column that no rule lists looks personal and is copied unmasked.",
        "Give the column an action, passthrough if it may be seen.",
    ),
    "masked": (
        "column-masked-as-detected",
        "note",
        "A column that no rule lists is masked because it was detected.",
        "List the column, so that the policy says what happens to it.",
    ),
}
KINDS: tuple[Kind, ...] = ("policy", "copied", "masked")


def sarif_of(policy: Path, findings: Iterable[tuple[Kind, Finding]]) -> bytes:
    """The findings of one policy file; they hold names and counts, no value."""
    driver = {
        "name": "PrivaCI on Dagster",
        "version": metadata.version("privaci-dagster"),
        "rules": [_rule(kind) for kind in KINDS],
    }
    results = [_result(policy, kind, finding) for kind, finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def _rule(kind: Kind) -> dict[str, Any]:
    name, level, what, remedy = RULES[kind]
    return {
        "id": name,
        "shortDescription": {"text": what},
        "help": {"text": remedy},
        "defaultConfiguration": {"level": level},
    }


def _result(policy: Path, kind: Kind, finding: Finding) -> dict[str, Any]:
    name, level, *_ = RULES[kind]
    where = finding.path or "the file"
    place = {
        "artifactLocation": {"uri": _address(policy)},
        "region": {"startLine": finding.line or 1},
    }
    # A code host knows a finding again by this, wherever its line has moved.
    print_ = hashlib.sha256(f"{name} {where} {finding.reason}".encode()).hexdigest()
    return {
        "ruleId": name,
        "ruleIndex": KINDS.index(kind),
        "level": level,
        "message": {"text": f"{where}: {finding.reason}. {finding.remedy}".rstrip()},
        "locations": [
            {"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": where}]}
        ],
        "partialFingerprints": {"finding/v1": print_},
    }


def _address(policy: Path) -> str:
    """The file as a code host names it: from the root of the checkout, the working folder."""
    absolute = policy.absolute()
    here = Path.cwd()
    return (
        absolute.relative_to(here).as_posix()
        if absolute.is_relative_to(here)
        else (absolute.as_uri())
    )
