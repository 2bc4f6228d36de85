"""A refresh says which runs of test data it ends, and a run that it ended touches no row later."""

from __future__ import annotations

from typing import Literal

import psycopg
import pytest
from builders.copies import KEYS
from builders.selections import POLICY, SOURCE, refresh, run

from privaci_core.errors import PreflightError
from privaci_core.postgres.session import session
from privaci_core.refresh.steps import copy_database
from privaci_core.target.test_runs import note_on_runs, open_runs
from privaci_core.testdata.events import Trail
from privaci_core.testdata.registry import (
    KeptRow,
    add_rows,
    add_run,
    all_runs,
    prepare_registry,
    rows_of,
)
from privaci_core.testdata.tokens import hash_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def target(source_db: str, target_db: str) -> str:
    """A published copy with one open run."""
    run(source_db, SOURCE)
    copy_database(source_db, target_db, POLICY, KEYS)
    values = {
        "run": "01RUN",
        "request": "r",
        "scenario": "s",
        "invoker": "ann",
        "status": "ready",
        "ttl": "1h",
        "strategy": "after_test",
        "seed": "s",
        "constraints": {},
        "requirement_ids": [],
        "refresh": "one",
        "database_name": None,
        "token_sha256": hash_of("t"),
    }
    row = KeptRow(
        ordinal=0, role="r", relation="public.city", key={"id": "1"}, found=False, reserved=False
    )
    with session(target_db, autocommit=True) as connection:
        prepare_registry(connection)
        add_run(connection, values)
        add_rows(connection, "01RUN", [row])
        trail = Trail(run="01RUN", invoker="ann")
        trail.add("seed_completed")
        trail.write(connection, None)
    return target_db


@pytest.mark.parametrize("how", ["drop_create", "truncate", "swap"])
def test_a_refresh_names_the_runs_that_it_ends(
    source_db: str, target: str, how: Literal["drop_create", "truncate", "swap"]
) -> None:
    """One note; the runs are ended, their rows forgotten, and their trail is kept."""
    policy = POLICY.model_copy(update={"on_existing_data": how})
    report = copy_database(source_db, target, policy, KEYS)
    notes = [note for note in report.notes if note.startswith("TEST DATA")]
    assert notes == ["TEST DATA: the refresh removes the rows of open test runs: 01RUN"]
    with session(target, autocommit=True) as connection:
        assert open_runs(connection) == ()
        assert [each.status for each in all_runs(connection)] == ["ended"]
        assert rows_of(connection, "01RUN") == ()
        assert connection.execute("SELECT FROM _privaci.test_reservation").rowcount == 0
        assert connection.execute("SELECT action FROM _privaci.test_event").fetchall() == [
            ("seed_completed",)
        ]
        with pytest.raises(psycopg.errors.RaiseException, match=r"append-only"):
            connection.execute("DELETE FROM _privaci.test_event")


def test_tables_alone_are_not_refreshed_beside_a_run(source_db: str, target: str) -> None:
    """A run's rows are in several tables: it is reset first."""
    with pytest.raises(PreflightError, match="1 run of test data has rows"):
        refresh(source_db, target, ["city"])


def test_a_note_names_few_runs() -> None:
    """A refresh without open runs says nothing; one with many names three."""
    assert note_on_runs(()) == ()
    assert note_on_runs(["1", "2", "3", "4", "5"])[0].endswith("1, 2, 3 and 2 more")
