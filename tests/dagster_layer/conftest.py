"""What the tests of the Dagster layer share."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest


@pytest.fixture
def instance() -> Any:
    """A Dagster instance that lives in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral
