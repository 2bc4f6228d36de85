"""Keeps what measures the suite's lines away from the commands that tests start."""

from __future__ import annotations

import os

import pytest

MEASURED_BY = "SLIPCOVER_"
HIDDEN = pytest.StashKey[dict[str, str]]()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hide the settings: pytest in a test would take itself for a worker of this suite."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        names = [name for name in os.environ if name.startswith(MEASURED_BY)]
        config.stash[HIDDEN] = {name: os.environ.pop(name) for name in names}


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put them back: the worker now writes what it measured."""
    os.environ.update(session.config.stash.get(HIDDEN, {}))
