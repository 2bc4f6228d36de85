"""Loads installed plugins, and names one that does not load."""

from __future__ import annotations

from typing import Any

from privaci_core.masks.base.shape import Unbindable
from privaci_core.policy.plugins import plugins_in


def loaded(group: str, name: str) -> Any:
    """The object that a plugin's entry point names."""
    found = next((plugin for plugin in plugins_in(group) if plugin.name == name), None)
    if found is None:
        raise Unbindable(
            f"the plugin {name} ({group}) is not installed", "Install it where this runs."
        )
    try:
        return found.load()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the plan names it
        raise Unbindable(
            f"the plugin {name} ({found.value}) does not load: {type(error).__name__}",
            "Fix the plugin, or leave it out of the policy.",
        ) from None
