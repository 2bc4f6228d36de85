"""The registry is created once, however many processes open a target at the same time."""

from __future__ import annotations

import threading

import pytest

from privaci_core.postgres.session import session
from privaci_core.testdata.registry import LOCK_NAME, ONE_AT_A_TIME, prepare_registry

pytestmark = pytest.mark.postgres


def test_two_sessions_create_the_registry_once(source_db: str) -> None:
    """A session that waited for another one to create the registry sees that it is there."""
    failures: list[BaseException] = []

    def prepare() -> None:
        try:
            with session(source_db, autocommit=True) as connection:
                prepare_registry(connection)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    with session(source_db, autocommit=True) as first, first.transaction():
        first.execute(ONE_AT_A_TIME, [LOCK_NAME])
        threads = [threading.Thread(target=prepare) for _ in range(3)]
        for thread in threads:
            thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while first.execute(waiting).fetchone() != (3,):
            pass
    for thread in threads:
        thread.join()
    assert failures == []
