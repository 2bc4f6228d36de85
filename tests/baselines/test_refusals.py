"""Nothing but a published, proved and whole copy becomes a baseline, or comes back from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import Databases, cloned, name_of, run
from substrate.judge import checksums

from privaci_core.baselines.backups import back_up, backup_of
from privaci_core.baselines.kept import drop, found, listed
from privaci_core.baselines.restore import restore
from privaci_core.baselines.snapshot import snapshot
from privaci_core.ddl.create import database_settings
from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.extra import optional_module
from privaci_core.stores.store import Store, open_store
from privaci_core.target.unfinished import Unfinished, mark_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from substrate.object_storage import Bucket

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = parse_policy('version: "1.0"\nauto_detect: false\n')
SHOP = (
    "CREATE TABLE customer (id int PRIMARY KEY, name text)",
    "CREATE TABLE bill (id serial PRIMARY KEY, customer int REFERENCES customer)",
    "CREATE INDEX bill_customer ON bill (customer)",
    "INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 20) AS n",
    "INSERT INTO bill (customer) SELECT n FROM generate_series(1, 20) AS n",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in a folder."""
    return open_store(f"file://{tmp_path}/kept", {})


@pytest.fixture(scope="module")
def shop(databases: Databases) -> Iterator[str]:
    """The template of a published target."""

    def build(dsn: str) -> None:
        with cloned(databases) as source:
            run(source, *SHOP)
            copy_database(source, dsn, POLICY, KEYS)

    return databases.template("published_shop", build)  # type: ignore[return-value]


@pytest.fixture
def published(databases: Databases, shop: str) -> Iterator[str]:
    """A published target."""
    with cloned(databases, shop) as dsn:
        yield dsn


def test_a_cloud_keeps_an_encrypted_baseline(published: str, any_bucket: Bucket) -> None:
    """Nothing of a row can be read in the bucket, and the identity restores all of it."""
    mine = optional_module("pyrage").x25519.Identity.generate()
    environ = any_bucket.environ | {"MINE": str(mine)}
    kept = open_store(any_bucket.url, environ, [str(mine.to_public())], "env://MINE")
    before = checksums(published)
    baseline = snapshot(published, kept)
    stored = b"".join(path.read_bytes() for path in any_bucket.folder.rglob("*") if path.is_file())
    assert b"name 1" not in stored
    assert b"PAR1" not in stored
    assert [each.id for each in listed(open_store(any_bucket.url, any_bucket.environ))] == [
        baseline.id
    ]
    run(published, "DELETE FROM bill")
    restore(published, kept)
    assert checksums(published) == before


def test_a_cloud_without_recipients_is_refused(published: str, bucket: Bucket) -> None:
    """Readable rows go to another machine only if that is asked for."""
    plain = open_store(bucket.url, bucket.environ)
    with pytest.raises(PreflightError, match="who can read"):
        snapshot(published, plain)
    assert snapshot(published, plain, may_be_plain=True).rows == 40


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE customer SET name = 'other' WHERE id = 7", "values differ in name"),
        ("DELETE FROM bill WHERE id = 7", "19 rows where 20 were loaded"),
        ("CREATE TABLE own AS SELECT 1 AS id", "public.own"),
        ("DROP SCHEMA _privaci CASCADE", "no refresh has published it"),
    ],
)
def test_an_unproved_target_is_refused(published: str, store: Store, change: str, why: str) -> None:
    """Rows that no refresh proved become no baseline, and leave nothing in the store."""
    run(published, change)
    with pytest.raises(PreflightError, match=why):
        snapshot(published, store)
    assert store.names("") == []


def test_an_unpublished_target_is_refused_both_ways(published: str, store: Store) -> None:
    """A target whose refresh has not ended is neither kept nor written to."""
    snapshot(published, store)
    with psycopg.connect(published, autocommit=True) as target:
        mark_unfinished(target, Unfinished(refresh="next", fingerprint="f"))
    for refused in (snapshot, restore):
        with pytest.raises(PreflightError, match="before it was published"):
            refused(published, store)


def test_a_database_that_no_refresh_filled_is_not_overwritten(
    published: str, source_db: str, store: Store
) -> None:
    """A source has the same tables, and keeps its rows."""
    snapshot(published, store)
    run(source_db, *SHOP, "INSERT INTO customer VALUES (21, 'only here')")
    before = checksums(source_db)
    with pytest.raises(PreflightError, match="it may be a source"):
        restore(source_db, store)
    assert checksums(source_db) == before


def test_another_shape_is_refused_with_the_difference(published: str, store: Store) -> None:
    """The sentence names each column and table that differs; the target stays as it was."""
    snapshot(published, store)
    run(
        published,
        "ALTER TABLE customer ADD phone text",
        "ALTER TABLE bill DROP COLUMN customer",
        "CREATE TABLE own (id int)",
    )
    with pytest.raises(PreflightError) as refused:
        restore(published, store)
    for difference in (
        "public.customer: the baseline has no column phone",
        "public.bill: the target has no column customer",
        "public.own is not in the baseline",
    ):
        assert difference in str(refused.value)


def test_a_damaged_object_leaves_the_target_as_it_was(
    published: str, source_db: str, store: Store, tmp_path: Path
) -> None:
    """One flipped byte in any object is found, in a sentence, before anything is committed."""
    baseline = snapshot(published, store)
    run(published, "UPDATE customer SET name = 'before'")
    before = checksums(published)
    folder = tmp_path / "kept" / "baselines" / baseline.id
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        "manifest.json",
        "schema.json",
        "ledgers.json",
        "000-00000.parquet",
    }
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[:20] + bytes([whole[20] ^ 1]) + whole[21:])
        # A database with tables keeps its own schema; an empty one would get the baseline's.
        for into in (published, source_db):
            with pytest.raises(CopyError, match="not those that were written"):
                restore(into, store)
        path.write_bytes(whole)
        assert checksums(published) == before
    assert checksums(source_db) == {}


def test_any_damaged_byte_of_a_manifest_is_found(
    published: str, store: Store, tmp_path: Path
) -> None:
    """Each byte of a baseline's and of a backup's manifest, one bit of it flipped."""
    baseline, backup = snapshot(published, store, "golden"), back_up(published, store)
    kept = {
        f"baselines/{baseline.id}": lambda: found(store, "golden"),
        f"backups/{backup.id}": lambda: backup_of(store, backup.id),
    }
    for folder, read in kept.items():
        path = tmp_path / "kept" / folder / "manifest.json"
        whole = path.read_bytes()
        for place in range(len(whole)):
            path.write_bytes(
                whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
            )
            with pytest.raises(CopyError, match="manifest"):
                read()
        path.write_bytes(whole)
        read()


def test_a_snapshot_that_breaks_off_is_not_listed(published: str, store: Store) -> None:
    """Objects without a manifest are no baseline, and can be dropped."""
    store.put("baselines/half/tables/public.customer/000-00000.parquet", [b"half"])
    baseline = snapshot(published, store, "whole")
    assert [each.id for each in listed(store)] == ["whole"]
    assert found(store).fingerprint == baseline.fingerprint
    with pytest.raises(PreflightError, match="no whole baseline half"):
        found(store, "half")
    with pytest.raises(PreflightError, match="a baseline of this id"):
        snapshot(published, store, "whole")
    drop(store, "half")
    drop(store, "whole")
    assert store.names("") == []


def test_a_restore_is_a_line_of_the_trail(published: str, target_db: str, store: Store) -> None:
    """The trail says who restored which baseline; a target without a trail gets none."""
    snapshot(published, store, "golden")
    restore(target_db, store, who="ada")
    restore(target_db, store, who="bo")
    with psycopg.connect(target_db) as target:
        lines = target.execute("SELECT event, who, said, rows FROM _privaci.audit_log ORDER BY at")
        assert lines.fetchall() == [
            ("restored", who, "baseline golden", 40) for who in ("ada", "bo")
        ]
    restore(published, store)
    with psycopg.connect(published) as target:
        there = target.execute("SELECT to_regclass('_privaci.audit_log')").fetchone()
        assert there == (None,)


def test_an_empty_database_gets_the_settings_of_the_baselines(
    published: str, target_db: str, store: Store
) -> None:
    """Those of the database and of a role in it; a restore over tables leaves the target's own."""
    ours, other, owner = name_of(published), name_of(target_db), "postgres"
    run(
        published,
        f"ALTER DATABASE {ours} SET search_path = 'a b', public",
        f"ALTER DATABASE {ours} SET statement_timeout = '7min'",
        f"ALTER ROLE {owner} IN DATABASE {ours} SET work_mem = '7MB'",
    )
    snapshot(published, store)
    restore(target_db, store)
    with psycopg.connect(published) as source, psycopg.connect(target_db) as target:
        kept, restored = database_settings(source), database_settings(target)
    assert len(kept) == 3
    assert restored == kept
    run(target_db, f"ALTER DATABASE {other} SET statement_timeout = '9min'")
    restore(target_db, store)
    with psycopg.connect(target_db) as target:
        assert (None, "statement_timeout", "9min") in database_settings(target)


@pytest.mark.parametrize("name", ["../other", "", "a/b", "x" * 101])
def test_an_id_that_is_no_name_drops_nothing(store: Store, name: str) -> None:
    """An id stays inside the folder of baselines."""
    store.put("kept", [b"x"])
    with pytest.raises(PreflightError, match="not a name"):
        drop(store, name)
    assert store.names("") == ["kept"]
