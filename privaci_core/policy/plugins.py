"""Names what installed plugins add to the providers and to the actions."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

# The groups of entry points that plugins are found by.
PROVIDER_PLUGINS = "privaci.providers"
REFINER_PLUGINS = "privaci.refiners"
MASK_PLUGINS = "privaci.masks"


def installed(group: str) -> frozenset[str]:
    """The names of the plugins in a group; none is imported."""
    return frozenset(plugin.name for plugin in plugins_in(group))


def plugins_in(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group."""
    return tuple(_on(tuple(sys.path)).select(group=group))


@lru_cache(maxsize=1)
def _on(path: tuple[str, ...]) -> Any:
    """All entry points on a path: to find them reads a file of each installed package.

    What holds them has another class in newer Pythons; both select.
    """
    del path
    return entry_points()
