"""A branch is a whole copy of a published target; a run can have one to itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from testdata.runs import Desk, member
from testdata.shop import publish
from testdata.test_service import CASE

from privaci_core.testdata.branch import (
    address_of,
    branches,
    create_branch,
    drop_branch,
    drop_expired,
)
from privaci_core.testdata.run_errors import BranchRefused, NotPublished
from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from substrate.databases import Databases

pytestmark = pytest.mark.postgres


@pytest.fixture
def desk(databases: Databases) -> Iterator[Desk]:
    """A published target, and whatever branches a test makes of it."""
    dsn = databases.create(databases.template("shop", publish))
    yield Desk(dsn=dsn)
    for branch in branches(dsn):
        drop_branch(dsn, branch.name)
    databases.drop(dsn)


@pytest.mark.parametrize("strategy", ["auto", "file_copy", "wal_log"])
def test_a_branch_holds_what_its_target_holds(desk: Desk, strategy: str) -> None:
    """Every row and the settings of the database are there, and changes stay apart."""
    name = conninfo_to_dict(desk.dsn)["dbname"]
    desk.execute(f"ALTER DATABASE {name} SET work_mem = '5MB'")
    before = desk.state()
    branch = create_branch(desk.dsn, "pr-1", strategy=strategy)  # type: ignore[arg-type]
    copy = Desk(dsn=make_conninfo(desk.dsn, dbname=branch.database))
    assert copy.state() == before
    with psycopg.connect(copy.dsn) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
    copy.execute("DELETE FROM public.note")
    assert desk.state() == before
    (listed,) = branches(desk.dsn)
    assert (listed.name, listed.database, listed.expires) == ("pr-1", branch.database, None)
    drop_branch(desk.dsn, "pr-1")
    assert branches(desk.dsn) == ()


def test_an_open_session_is_told(desk: Desk) -> None:
    """Postgres copies no database in use: the error counts the sessions, and can end them."""
    with psycopg.connect(desk.dsn):
        with pytest.raises(BranchRefused, match="sessions that are open in it: 1"):
            create_branch(desk.dsn, "pr-1")
        create_branch(desk.dsn, "pr-1", end_sessions=True)
    with pytest.raises(BranchRefused, match="already"):
        create_branch(desk.dsn, "pr-1")


def test_what_is_no_branch_is_never_dropped(desk: Desk, source_db: str) -> None:
    """A database without a branch's comment stays, also one of another target; so do bad names."""
    other = str(conninfo_to_dict(source_db)["dbname"])
    for name in (other, "nothing"):
        with pytest.raises(BranchRefused, match="no branch of this name"):
            drop_branch(desk.dsn, name)
    with pytest.raises(BranchRefused, match="must be of a-z"):
        create_branch(desk.dsn, 'x"; DROP')
    with pytest.raises(NotPublished):
        create_branch(source_db, "pr-1")


def test_a_branch_is_dropped_when_its_time_is_over(desk: Desk, tmp_path: Path) -> None:
    """A branch whose ttl is over goes, by a command or with the runs whose time is."""
    create_branch(desk.dsn, "old", ttl=timedelta(seconds=-1))
    create_branch(desk.dsn, "new", ttl=timedelta(hours=1))
    assert [each.name for each in drop_expired(desk.dsn)] == ["old"]
    assert [each.name for each in branches(desk.dsn)] == ["new"]
    create_branch(desk.dsn, "old", ttl=timedelta(seconds=-1))
    service = TestData(desk.dsn, Scenarios(tmp_path))
    assert service.expire() == ()
    service.close()
    assert [each.name for each in branches(desk.dsn)] == ["new"]


def test_an_address_shows_no_password() -> None:
    """What is printed of a branch lets nobody in who has no password."""
    dsn = "postgresql://ann:hunter2@db.example.test:5433/app?sslmode=require"
    address = address_of(dsn, "app_branch_x")
    assert "hunter2" not in address
    assert conninfo_to_dict(address) == {
        "host": "db.example.test",
        "port": "5433",
        "user": "ann",
        "dbname": "app_branch_x",
        "sslmode": "require",
    }


def test_a_run_has_a_database_to_itself(desk: Desk, tmp_path: Path) -> None:
    """Its rows are in a copy without other runs' rows; the target stays, and a reset drops it."""
    before = desk.state()
    other = desk.request(member())
    text = CASE.replace("scenario_id: denied", "scenario_id: denied\nisolation: database")
    (tmp_path / "denied.yaml").write_text(text, encoding="utf-8")
    service = TestData(desk.dsn, Scenarios(tmp_path))
    answer = service.request("denied", invoker="ann")
    assert answer.database is not None
    copy = Desk(dsn=answer.database)
    ((count,),) = copy.execute("SELECT count(*) FROM public.claim")
    assert count == 11
    assert copy.execute("SELECT FROM public.member WHERE id = 700") == []
    assert desk.execute("SELECT count(*) FROM public.claim") == [(9,)]
    run = service.run(answer.test_run_id)
    assert run is not None
    assert run.status == "ready"
    service.reset(answer.test_run_id, answer.cleanup_token, invoker="ann")
    assert branches(desk.dsn) == ()
    again = service.reset(answer.test_run_id, answer.cleanup_token, invoker="ann")
    assert again.status == "already_cleaned"
    service.close()
    desk.reset(other)
    assert desk.state() == before
