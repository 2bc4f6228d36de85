"""Loads what installed plugins bring, and refuses by name what does not load."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from privaci_core.masks.base.shape import Unbindable


def loaded(group: str, name: str) -> Any:
    """What a plugin's entry point stands for."""
    found = next(iter(entry_points(group=group, name=name)), None)
    if found is None:
        raise Unbindable(
            f"the plugin {name} ({group}) is not installed", "Install it where this runs."
        )
    try:
        return found.load()
    except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises, the plan names the plugin
        raise Unbindable(
            f"the plugin {name} ({found.value}) does not load: {type(error).__name__}", "Mend it."
        ) from None
