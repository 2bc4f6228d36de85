"""Asks the installed detectors of drift what else in a source's changes needs a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.policy.plugin_kinds import DOCS, plugin_of, plugins_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.policy.plugin_kinds import DriftDetector


def detected(changes: Sequence[str]) -> list[str]:
    """What the detectors found, in sentences; one that fails ends the command."""
    return [each for name in sorted(plugins_named("drift_detector")) for each in _by(name, changes)]


def _by(name: str, changes: Sequence[str]) -> list[str]:
    detector: DriftDetector = plugin_of("drift_detector", name)
    try:
        return [str(each) for each in detector.detect(changes)]
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        why = type(error).__name__
        remedy = "Fix the plugin, or uninstall it."
        raise PreflightError(f"Asking the drift detector {name}", why, remedy, DOCS) from None
