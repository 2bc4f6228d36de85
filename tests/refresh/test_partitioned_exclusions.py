"""Exclusion constraints of partitioned tables, whose indexes no server attaches one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders.copies import KEYS
from substrate.databases import run
from substrate.judge import differences
from substrate.origin import found_versions

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.postgres.embedded import create_database, running
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

# Names that quoting, the order of names and the names that Postgres would choose make difficult.
EXCLUSIONS = (
    'CREATE SCHEMA "odd.schema"',
    (
        'CREATE TABLE "odd.schema"."Room ""1""" (k int, n int,'
        """ CONSTRAINT "it's ; once" EXCLUDE USING btree (k WITH =, n WITH =),"""
        " CONSTRAINT twice EXCLUDE USING btree (n WITH =, k WITH =) DEFERRABLE INITIALLY DEFERRED,"
        " CONSTRAINT partly EXCLUDE USING btree (k WITH =, abs(n) WITH =) WHERE (n > 0)"
        ") PARTITION BY LIST (k)"
    ),
    (
        'CREATE TABLE low PARTITION OF "odd.schema"."Room ""1""" FOR VALUES IN (1)'
        " PARTITION BY LIST (k)"
    ),
    "CREATE TABLE lowest PARTITION OF low FOR VALUES IN (1)",
    'CREATE TABLE high PARTITION OF "odd.schema"."Room ""1""" FOR VALUES IN (2)',
    # Each has the name that Postgres would choose for the other.
    "ALTER TABLE low RENAME CONSTRAINT low_k_n_excl TO for_a_while",
    "ALTER TABLE high RENAME CONSTRAINT high_k_n_excl TO low_k_n_excl",
    "ALTER TABLE low RENAME CONSTRAINT for_a_while TO high_k_n_excl",
    """ALTER TABLE lowest RENAME CONSTRAINT lowest_n_k_excl TO "it's ; once" """,
    "COMMENT ON CONSTRAINT lowest_k_n_excl ON lowest IS 'of the lowest'",
    'INSERT INTO "odd.schema"."Room ""1"""  SELECT 1 + n % 2, n FROM generate_series(1, 100) AS n',
)
# Rows of the old partition break the rules that only the new one has.
ALONE = (
    ("CREATE TABLE slot (id serial, k int NOT NULL, n int, UNIQUE (k, id)) PARTITION BY LIST (k)"),
    "CREATE INDEX ON slot (n)",
    "CREATE TABLE old_slot PARTITION OF slot FOR VALUES IN (1)",
    "CREATE TABLE no_slot PARTITION OF slot DEFAULT",
    "ALTER TABLE ONLY slot ADD CONSTRAINT once EXCLUDE USING btree (k WITH =, n WITH =)",
    "ALTER TABLE ONLY slot ADD CONSTRAINT twice EXCLUDE USING btree (n WITH =, k WITH =)",
    "CREATE TABLE new_slot PARTITION OF slot FOR VALUES IN (2)",
    "CREATE TABLE newer PARTITION OF slot FOR VALUES IN (3) PARTITION BY LIST (k)",
    "CREATE TABLE newest PARTITION OF newer FOR VALUES IN (3)",
    "ALTER TABLE new_slot RENAME CONSTRAINT new_slot_k_n_excl TO own",
    "ALTER TABLE newest RENAME CONSTRAINT newest_n_k_excl TO of_the_newest",
    "CREATE TABLE booked (k int, id int, FOREIGN KEY (k, id) REFERENCES slot (k, id))",
    "CREATE TABLE none_has (k int) PARTITION BY LIST (k)",
    "CREATE TABLE has_none PARTITION OF none_has FOR VALUES IN (1)",
    "ALTER TABLE ONLY none_has ADD EXCLUDE USING btree (k WITH =)",
    "INSERT INTO slot (k, n) VALUES (1, 1), (1, 1), (2, 1), (2, 2), (3, 1), (4, 1), (4, 1)",
    "INSERT INTO booked SELECT k, id FROM slot",
    "INSERT INTO none_has VALUES (1), (1)",
)
PERIODS = (
    (
        "CREATE TABLE stay (room int4range, at int4range, PRIMARY KEY (room, at WITHOUT OVERLAPS))"
        " PARTITION BY LIST (room)"
    ),
    "CREATE TABLE first_stay PARTITION OF stay FOR VALUES IN ('[1,2)')",
    (
        "CREATE TABLE bill (room int4range, at int4range,"
        " FOREIGN KEY (room, PERIOD at) REFERENCES stay (room, PERIOD at))"
    ),
    "INSERT INTO stay VALUES ('[1,2)', '[1,5)')",
    "INSERT INTO bill VALUES ('[1,2)', '[2,4)')",
)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A source with such constraints and a target, both of the newest server."""
    newest = max(found_versions())
    if newest < 17:
        pytest.skip("no server here has such constraints")
    with running(tmp_path_factory.mktemp("newest"), found_versions()[newest]) as server:
        for name in ("a", "b"):
            create_database(server, name)
        run(server.dsn("a"), *EXCLUSIONS, *ALONE, *(PERIODS if newest > 17 else ()))
        yield server.dsn("a"), server.dsn("b")


@pytest.mark.parametrize("existing", ["drop_create", "truncate", "swap"])
def test_they_are_copied_with_their_names(ends: tuple[str, str], existing: str) -> None:
    """The schema and the rows are the source's, again after a second refresh of the target."""
    policy = parse_policy(f'version: "1.0"\nauto_detect: false\non_existing_data: {existing}\n')
    copy_database(*ends, policy, KEYS)
    assert differences(*ends) == []


def test_they_come_back_after_a_refused_refresh(ends: tuple[str, str]) -> None:
    """The refused one had added them; the next one adds each of them once."""
    source, target = ends
    text = 'version: "1.0"\nauto_detect: false\non_existing_data: {}\n'
    copy_database(*ends, parse_policy(text.format("drop_create")), KEYS)
    run(
        source,
        "CREATE TABLE team (id int PRIMARY KEY)",
        "CREATE TABLE member (team int REFERENCES team)",
        "INSERT INTO team VALUES (1)",
        "INSERT INTO member VALUES (1)",
    )
    copy_database(*ends, parse_policy(text.format("drop_create")), KEYS)
    orphans = 'tables: {public.team: {where: "id > 1"}}\n'
    with pytest.raises(CopyError, match="orphans"):
        copy_database(*ends, parse_policy(text.format("truncate") + orphans), KEYS)
    copy_database(*ends, parse_policy(text.format("truncate")), KEYS)
    assert differences(source, target) == []
