"""The roles that the docs create are enough for a refresh, and the reader cannot write."""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from substrate.judge import differences

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "roles.md"
KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = """
version: "1.0"
auto_detect: false
tables: {public.person: {columns: {email: {action: hash}}}}
"""
TABLES = """
CREATE TABLE person (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE);
INSERT INTO person (email) SELECT 'nimue' || n || '@corp.example' FROM generate_series(1, 20) AS n;
CREATE TABLE visit (id int, person int REFERENCES person); INSERT INTO visit VALUES (1, 1);
CREATE VIEW visits AS SELECT person, count(*) FROM visit GROUP BY 1;
"""


def blocks() -> list[str]:
    """The page's SQL, block by block."""
    return re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)


@contextmanager
def roles_of_the_page(source: str, which: list[int]) -> Iterator[tuple[str, str]]:
    """Run the page's blocks under names of our own; yields what its two roles connect with."""
    tag = uuid.uuid4().hex[:8]
    names = {
        "shop_staging": f"staging_{tag}",
        "privaci_reader": f"reader_{tag}",
        "privaci_writer": f"writer_{tag}",
    }
    names["DATABASE shop"] = f"DATABASE {conninfo_to_dict(source)['dbname']}"
    found = blocks()
    with psycopg.connect(source, autocommit=True) as admin:
        try:
            for number in which:
                block = found[number]
                for ours, theirs in names.items():
                    block = re.sub(rf"{ours}\b", theirs, block)
                for statement in block.split(";\n"):
                    if statement.strip():
                        admin.execute(statement)  # type: ignore[call-overload]
            ends = (
                (names["privaci_reader"], None),
                (names["privaci_writer"], names["shop_staging"]),
            )
            reader, writer = (
                make_conninfo(
                    source, user=user, password="change-me", **({"dbname": name} if name else {})
                )  # type: ignore[arg-type]
                for user, name in ends
            )
            yield reader, writer
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {names['shop_staging']}")  # type: ignore[call-overload]
            for role in (names["privaci_reader"], names["privaci_writer"]):
                admin.execute(f"DROP OWNED BY {role}")  # type: ignore[call-overload]
                admin.execute(f"DROP ROLE {role}")  # type: ignore[call-overload]


@pytest.mark.parametrize("which", [[0, 2], [0, 1, 2]], ids=["all data", "schema by schema"])
def test_the_roles_of_the_docs_are_enough(source_db: str, which: list[int]) -> None:
    """A copy is made with them; what the reader writes is refused."""
    with psycopg.connect(source_db, autocommit=True) as admin:
        admin.execute(TABLES)
        version = admin.info.server_version
    if version < 140000:
        pytest.skip("pg_read_all_data is there from PostgreSQL 14 on")
    with roles_of_the_page(source_db, which) as (reader, writer):
        report = copy_database(reader, writer, parse_policy(POLICY), KEYS)
        assert report.tables["public.person"].rows == 20
        found = differences(source_db, writer, masked=frozenset({"public.person.email"}))
        # The objects are the writer's own, and nothing else is different.
        assert not [line for line in found if "differs" in line]
        with (
            psycopg.connect(reader) as connection,
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        ):
            connection.execute("DELETE FROM person")
