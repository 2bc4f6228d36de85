"""A backup is a whole dump or not there, stays as long as asked, and is proved by a restore."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import Databases, cloned, name_of, run
from substrate.judge import differences

from privaci_core.baselines import pg_programs, scratch
from privaci_core.baselines.backups import Backup, Keep, back_up, backups, drop_backups, expired
from privaci_core.baselines.restore_backup import drill, restore_backup
from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.extra import optional_module
from privaci_core.stores.store import Stored, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = parse_policy('version: "1.0"\nauto_detect: false\n')


@pytest.fixture
def published(databases: Databases, target_db: str) -> Iterator[str]:
    """A published target."""
    with cloned(databases) as source:
        run(source, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
        copy_database(source, target_db, POLICY, KEYS)
        yield target_db


def taken(*days_ago: int) -> list[Backup]:
    """Backups of these days; the last Sunday of January 2026 is the newest."""
    newest = datetime(2026, 1, 25, 3, tzinfo=UTC)
    return [
        Backup(
            id=str(days),
            at=newest - timedelta(days=days),
            database="shop",
            server_version=160000,
            refreshes=(),
            dump=Stored(name="dump", bytes=0, sha256=""),
        )
        for days in days_ago
    ]


def test_an_encrypted_backup_is_restored_and_drilled(
    published: str, databases: Databases, tmp_path: Path
) -> None:
    """The drill finds rows that differ and a damaged dump, and leaves no database behind."""
    mine = optional_module("pyrage").x25519.Identity.generate()
    store = open_store(
        f"file://{tmp_path}", {"MINE": str(mine)}, [str(mine.to_public())], "env://MINE"
    )
    backup = back_up(published, store)
    assert [each.id for each in backups(store)] == [backup.id]
    with cloned(databases) as empty:
        restore_backup(empty, store)
        assert differences(published, empty) == []
        with pytest.raises(PreflightError, match="holds tables already"):
            restore_backup(empty, store)
    assert drill(published, store).wrong == {}
    run(published, "UPDATE visit SET id = 7 WHERE id = 1")
    changed = back_up(published, store)
    assert drill(published, store, changed.id).wrong == {"public.visit": "values differ in id"}
    path = tmp_path / changed.dump.name
    octets = bytearray(path.read_bytes())
    octets[-1] ^= 1
    path.write_bytes(octets)
    with pytest.raises(CopyError):
        drill(published, store)
    drop_backups(store, backups(store))
    assert store.names("") == []


@pytest.fixture
def reader(published: str) -> Iterator[str]:
    """The published target for a user who may read it, and create no database."""
    role = f"r_{name_of(published)}"
    run(
        published,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA _privaci TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public, _privaci TO {role}",
    )
    yield make_conninfo(published, user=role)
    run(published, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_drill_needs_no_right_to_create_databases(
    published: str,
    reader: str,
    databases: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is on an embedded server then, which gets the roles of the grants, or on a named one."""
    store = open_store(f"file://{tmp_path}/kept", {"PRIVACI_HOME": f"{tmp_path}/home"})
    backup = back_up(published, store)
    assert drill(reader, store).wrong == {}
    assert (tmp_path / "home").exists()
    # Without the wheel, the only server is the target's own.
    monkeypatch.setattr(scratch, "embedded_for", lambda _: "")
    with pytest.raises(PreflightError, match="may not create databases"):
        drill(reader, store)
    assert drill(reader, store, backup.id, scratch=databases.maintenance).wrong == {}


def test_a_dump_that_breaks_off_is_not_there(
    published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of pg_dump after its first bytes leaves no object, and no backup is listed."""
    store = open_store(f"file://{tmp_path}", {})
    monkeypatch.setattr(pg_programs, "DUMP", ("--format=custom", "--table=public.not_there"))
    with pytest.raises(CopyError, match="Dumping"):
        back_up(published, store)
    assert store.names("") == []


def test_an_unpublished_target_is_not_backed_up(source_db: str, tmp_path: Path) -> None:
    """A source has no ledger of proved rows."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)")
    with pytest.raises(PreflightError, match="no refresh has published it"):
        back_up(source_db, open_store(f"file://{tmp_path}", {}))


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (Keep(daily=2, weekly=0), {"0", "1"}),
        (Keep(daily=1, weekly=3), {"0", "7", "14"}),
        (Keep(daily=0, weekly=0), {"0"}),
    ],
)
def test_the_newest_of_days_and_weeks_stay(keep: Keep, left: set[str]) -> None:
    """A week's newest is its Sunday's; the newest backup of all is never removed."""
    found = taken(0, 1, 2, 6, 7, 8, 14, 30)
    gone = {each.id for each in expired(found, keep)}
    assert {each.id for each in found} - gone == left
