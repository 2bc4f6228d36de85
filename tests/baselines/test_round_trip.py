"""A baseline of a published target is restored exactly, into the same database or an empty one."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from builders.selections import rows
from substrate.databases import Databases, cloned, run
from substrate.judge import checksums, differences

from privaci_core.baselines.restore import restore
from privaci_core.baselines.snapshot import snapshot
from privaci_core.demo import POLICY
from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import load_policy, parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.store import Store, open_store

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = parse_policy('version: "1.0"\nauto_detect: false\n')
TYPES = (Path(__file__).parents[1] / "refresh/types.sql").read_text(encoding="utf-8")
TRICKY = Path(__file__).with_name("tricky.sql").read_text(encoding="utf-8")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in a folder."""
    return open_store(f"file://{tmp_path}/kept", {})


def types_of(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    """The table of every type; the wheel's server is built without XML."""
    try:
        connection.execute("SELECT xmlparse(content '')")
    except psycopg.errors.FeatureNotSupported:
        return TYPES.replace("{xml_1}", "NULL").replace("{xml_2}", "NULL")
    return TYPES.replace("{xml_1}", "'<a>&lt;</a>'").replace("{xml_2}", "''")


def test_every_type_is_restored_exactly(every_server: Databases, store: Store) -> None:
    """Extreme values of every type are the same after a restore, in place and in an empty one."""
    with cloned(every_server) as source, cloned(every_server) as target:
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute(types_of(connection))
        run(source, TRICKY)
        copy_database(source, target, NOTHING, KEYS)
        snapshot(target, store)
        run(target, "DELETE FROM everything", "UPDATE tricky SET a = 'changed'", "DELETE FROM one")
        restore(target, store)
        assert differences(source, target) == []
        with cloned(every_server) as empty:
            restore(empty, store)
            assert differences(source, empty) == []


def test_the_masked_company_is_restored_whole(
    company_db: str, target_db: str, databases: Databases, store: Store
) -> None:
    """Partitions, keys, sequences, views and triggers are those of the target, twice over."""
    copy_database(company_db, target_db, load_policy(POLICY), KEYS)
    before = checksums(target_db)
    snapshot(target_db, store, "golden")
    run(target_db, "TRUNCATE public.app_user CASCADE")
    assert checksums(target_db) != before
    restore(target_db, store, "golden")
    restore(target_db, store, "golden")
    assert checksums(target_db) == before
    with cloned(databases) as empty:
        restore(empty, store)
        assert differences(target_db, empty) == []


OBJECTS = """
SELECT oid, pg_get_userbyid(lomowner), lomacl::text, obj_description(oid, 'pg_largeobject'),
       md5(lo_get(oid)), length(lo_get(oid))
FROM pg_largeobject_metadata ORDER BY oid
"""


def test_large_objects_are_kept_and_restored(
    source_db: str, target_db: str, databases: Databases, store: Store
) -> None:
    """With numbers, owners, grants and comments, also one of several pieces and an empty one."""
    run(
        source_db,
        "CREATE TABLE scan (id int, content oid)",
        "INSERT INTO scan VALUES (1, 4711)",
        "SELECT lo_from_bytea(4711, decode(repeat('0011ff', 2000000), 'hex'))",
        "SELECT lo_from_bytea(4712, 'small'), lo_create(4713)",
        "COMMENT ON LARGE OBJECT 4712 IS 'a scan'",
        "GRANT SELECT ON LARGE OBJECT 4712 TO PUBLIC",
        "ALTER LARGE OBJECT 4713 OWNER TO pg_monitor",
    )
    copy_database(source_db, target_db, NOTHING, KEYS)
    before = rows(target_db, OBJECTS)
    assert [row[5] for row in before] == [6_000_000, 5, 0]
    taken = snapshot(target_db, store)
    run(target_db, "SELECT lo_put(4712, 0, 'other'), lo_unlink(4713), lo_create(9)")
    restore(target_db, store)
    assert rows(target_db, OBJECTS) == before
    with cloned(databases) as empty:
        restore(empty, store)
        assert rows(empty, OBJECTS) == before
    assert taken.bytes > sum(file.bytes for table in taken.tables for file in table.files)
    with cloned(databases) as other:
        run(other, "SELECT lo_create(5)")
        with pytest.raises(PreflightError, match="it holds large objects"):
            restore(other, store)
        assert len(rows(other, OBJECTS)) == 1


@pytest.mark.parametrize("name", ["large_objects.bin", "large_objects.json"])
def test_changed_large_objects_are_not_restored(
    source_db: str, target_db: str, store: Store, tmp_path: Path, name: str
) -> None:
    """One flipped byte: the target holds what it held before."""
    run(source_db, "CREATE TABLE one (id int)", "SELECT lo_from_bytea(4712, 'small')")
    copy_database(source_db, target_db, NOTHING, KEYS)
    snapshot(target_db, store, "golden")
    path = tmp_path / "kept" / "baselines" / "golden" / name
    octets = path.read_bytes()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    before = rows(target_db, OBJECTS)
    with pytest.raises(CopyError, match="are not those that were written"):
        restore(target_db, store)
    assert rows(target_db, OBJECTS) == before
