"""Adds to a source's changes what the installed detectors of drift find in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.plan.drift import Change, drift
from privaci_core.policy.plugin_kinds import DOCS, plugin_of, plugins_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.catalog.lock_file import Lock
    from privaci_core.plan.plan import Plan
    from privaci_core.policy.plugin_kinds import DriftDetector


def drift_and_detected(lock: Lock, catalog: Catalog, plan: Plan) -> tuple[Change, ...]:
    """Every change since the review, and what the detectors say of them."""
    changes = drift(lock, catalog, plan)
    return (*changes, *detected(changes))


def detected(changes: Sequence[Change] = ()) -> tuple[Change, ...]:
    """What needs a review by the detectors' word; one that fails ends the command."""
    said = [str(change) for change in changes]
    return tuple(
        Change(kind="detected", place=f"by {name}", said=each, blocks=True)
        for name in detectors()
        for each in _by(name, said)
    )


def detectors() -> list[str]:
    """The names of the installed detectors."""
    return sorted(plugins_named("drift_detector"))


def _by(name: str, changes: Sequence[str]) -> list[str]:
    detector: DriftDetector = plugin_of("drift_detector", name)
    try:
        return [str(each) for each in detector.detect(changes)]
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        why = type(error).__name__
        remedy = "Fix the plugin, or uninstall it."
        raise PreflightError(f"Asking the drift detector {name}", why, remedy, DOCS) from None
