"""Dagster's Postgres storage with its connections kept open; docker/dagster.yaml names it.

Dagster connects again for each query of a run, and keeps connections only in its webserver.
"""

from __future__ import annotations

from typing import Any

from dagster_postgres import DagsterPostgresStorage

RECYCLE_SECONDS = 3600
# Beside the one connection that stays open, for threads that ask at the same time.
MORE_CONNECTIONS = 20
NO_TIMEOUT = 0


class Storage(DagsterPostgresStorage):
    """Names a storage in a dagster.yaml: Dagster's own, whose parts keep a connection each."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Any:
        """The storage that a dagster.yaml names; it is what the webserver makes of it."""
        storage = DagsterPostgresStorage.from_config_value(inst_data, config_value)
        for part in (storage.run_storage, storage.event_log_storage, storage.schedule_storage):
            part.optimize_for_webserver(NO_TIMEOUT, RECYCLE_SECONDS, MORE_CONNECTIONS)
        return storage
