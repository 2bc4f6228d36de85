"""Large objects belong to the roles they belonged to, and grant what they granted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import run

from privaci_core.postgres.session import session, target_session
from privaci_core.stream.large_objects import copy_large_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHTS = """
SELECT oid, pg_get_userbyid(lomowner), lomacl::text FROM pg_largeobject_metadata ORDER BY oid
"""


@pytest.fixture
def roles(source_db: str) -> Iterator[tuple[str, str]]:
    """An owner and a reader."""
    names = tuple(f"{kind}_{uuid.uuid4().hex[:8]}" for kind in ("owner", "reader"))
    run(source_db, *(f'CREATE ROLE "{name}"' for name in names))
    yield names[0], names[1]
    run(source_db, *(f'DROP OWNED BY "{name}"' for name in names))
    run(source_db, *(f'DROP ROLE "{name}"' for name in names))


def rights(dsn: str) -> list[tuple[object, ...]]:
    """Owner and grants of each large object."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(RIGHTS).fetchall()


def copied(source_db: str, target_db: str, *, acl: bool = True) -> tuple[str, ...]:
    """Copy the large objects alone; returns the notes."""
    with session(source_db) as source, target_session(target_db, autocommit=True) as target:
        return copy_large_objects(source, target, acl=acl)


@pytest.fixture
def shared(source_db: str, target_db: str, roles: tuple[str, str]) -> Iterator[str]:
    """A source with large objects of several owners and grants."""
    owner, reader = roles
    run(
        source_db,
        "SELECT lo_create(n) FROM generate_series(7001, 7005) AS n",
        f'GRANT SELECT ON LARGE OBJECT 7002 TO "{reader}" WITH GRANT OPTION',
        "GRANT UPDATE, SELECT ON LARGE OBJECT 7002 TO PUBLIC",
        f'ALTER LARGE OBJECT 7003 OWNER TO "{owner}"',
        f'GRANT UPDATE ON LARGE OBJECT 7004 TO "{reader}"',
        f'ALTER LARGE OBJECT 7004 OWNER TO "{owner}"',
        "REVOKE UPDATE ON LARGE OBJECT 7005 FROM CURRENT_USER",
    )
    yield source_db
    # The roles can be dropped once nothing is theirs.
    run(target_db, f'DROP OWNED BY "{owner}", "{reader}"')


@pytest.mark.postgres
def test_owners_and_grants_of_large_objects_are_copied(shared: str, target_db: str) -> None:
    """Twice over the same target: the second copy meets what the first one made."""
    for _ in range(2):
        assert copied(shared, target_db) == ("LARGE OBJECTS: 5 were copied unmasked",)
        assert rights(target_db) == rights(shared)


@pytest.mark.postgres
def test_grants_of_large_objects_are_left_out_with_all_others(shared: str, target_db: str) -> None:
    """Their owners stay."""
    copied(shared, target_db, acl=False)
    assert [acl for *_, acl in rights(target_db)] == [None] * 5
    assert [owner for _, owner, _ in rights(target_db)] == [owner for _, owner, _ in rights(shared)]
