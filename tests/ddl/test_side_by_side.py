"""Indexes and keys of small tables many at a time, those of large tables one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.ddl import side_by_side
from privaci_core.ddl.dump import Entry
from privaci_core.ddl.side_by_side import add_foreign_keys, build_keys
from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.postgres

TABLES = """
CREATE TABLE small_one (id int); INSERT INTO small_one SELECT generate_series(1, 9);
CREATE TABLE "small two; (" (id int); INSERT INTO "small two; (" VALUES (1), (2);
CREATE TABLE large_one (id int); INSERT INTO large_one SELECT generate_series(1, 100000);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (1000000);
INSERT INTO parts SELECT generate_series(1, 100000);
"""
PRIMARY_KEYS = [
    ("CONSTRAINT", 'ALTER TABLE ONLY public."small two; ("\n    ADD PRIMARY KEY (id);'),
    ("CONSTRAINT", "ALTER TABLE ONLY public.large_one\n    ADD PRIMARY KEY (id);"),
    ("CONSTRAINT", "ALTER TABLE ONLY public.small_one\n    ADD PRIMARY KEY (id);"),
    ("CONSTRAINT", "ALTER TABLE ONLY public.part\n    ADD PRIMARY KEY (id);"),
    ("INDEX", "CREATE INDEX by_id ON public.small_one USING btree (id);"),
    ("INDEX", 'CREATE UNIQUE INDEX "a ""b""" ON ONLY public.parts USING btree (id);'),
]


def entries(found: Iterable[tuple[str, str]]) -> list[Entry]:
    """Entries of a dump that need no other."""
    return [
        Entry(id=place, kind=kind, schema="public", name=f"n{place}", owner="", needs=(), sql=text)
        for place, (kind, text) in enumerate(found)
    ]


@pytest.fixture
def target(target_db: str) -> str:
    """Tables without any key."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return target_db


def ids(share: Iterable[Entry]) -> list[int]:
    """The entries of a share, by their numbers."""
    return [entry.id for entry in share]


def test_entries_of_a_small_table_stay_together(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large table, a partitioned one and its parts are alone: two sessions share their work."""
    monkeypatch.setattr(side_by_side, "SMALL_BYTES", 1 << 20)
    small, large = side_by_side._by_size(target, entries(PRIMARY_KEYS))
    assert {table: ids(share) for table, share in small.items()} == {
        'public."small two; ("': [0],
        "public.small_one": [2, 4],
    }
    assert ids(large) == [1, 3, 5]


def test_every_key_is_built(target: str) -> None:
    """Those of small tables as well as those of large ones, by two sessions."""
    assert list(build_keys(target, entries(PRIMARY_KEYS), again=False)) == []
    with psycopg.connect(target) as connection:
        count = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
        assert connection.execute(count).fetchone() == (6,)


def test_a_foreign_key_that_fails_is_named(target: str) -> None:
    """The others of its batch are added all the same, as those before it."""
    add = "ALTER TABLE ONLY public.{}\n    ADD CONSTRAINT {} FOREIGN KEY (id) REFERENCES {} (id);"
    keys = [
        ("FK CONSTRAINT", add.format('"small two; ("', "good", "public.small_one")),
        ("FK CONSTRAINT", add.format("small_one", "bad", 'public."small two; ("')),
    ]
    list(build_keys(target, entries(PRIMARY_KEYS), again=False))
    with pytest.raises(CopyError, match=r"Creating FK CONSTRAINT public\.n1 on the target"):
        list(add_foreign_keys(target, entries(keys), again=False))
    with psycopg.connect(target) as connection:
        names = connection.execute("SELECT conname FROM pg_constraint WHERE contype = 'f'")
        assert names.fetchall() == [("good",)]
