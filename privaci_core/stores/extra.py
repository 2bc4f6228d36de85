"""Imports the libraries of the extra `stores`, which not every installation has."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from privaci_core.errors import PreflightError

DOCS = "docs/how-to/baselines.md"


def optional_module(name: str) -> Any:
    """A module of the extra."""
    try:
        return import_module(name)
    except ImportError:
        raise PreflightError(
            "Opening the store",
            "the libraries of the extra `stores` are not installed",
            "Run: pip install 'privaci-dagster[stores]'",
            DOCS,
        ) from None
