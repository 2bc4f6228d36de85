"""What the tests of the Dagster layer share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.interrupted import TABLES, Refreshes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def instance() -> Any:
    """A Dagster instance that lives in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def refreshes(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Refreshes:
    """Two tables and a partitioned one, to be refreshed."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("VACUUM ANALYZE")
    return Refreshes(source_db, target_db, tmp_path, instance, monkeypatch)


@pytest.fixture
def chunked(refreshes: Refreshes) -> Refreshes:
    """The same, each table in four chunks that are noted and counted."""
    refreshes.cut_and_count()
    return refreshes
