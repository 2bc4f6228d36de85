"""Names what installed plugins add to the providers and to the actions."""

from __future__ import annotations

from importlib.metadata import entry_points

# The groups of entry points that plugins are found by.
PROVIDER_PLUGINS = "privaci.providers"
REFINER_PLUGINS = "privaci.refiners"
MASK_PLUGINS = "privaci.masks"


def installed(group: str) -> frozenset[str]:
    """The names of the plugins in a group; none is imported."""
    return frozenset(plugin.name for plugin in entry_points(group=group))
