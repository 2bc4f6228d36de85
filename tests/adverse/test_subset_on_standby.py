"""A subset is chosen on a hot standby, where nothing can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from adverse.commands import BY_COMMAND, NOTHING, begun, ended
from stream.test_extremes import standby_of
from substrate.databases import run

from privaci_core.postgres.embedded import create_database, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.slow, BY_COMMAND]

# People whose bosses form circles too, and their visits in partitions without an index.
PEOPLE = (
    "CREATE TABLE person (id int PRIMARY KEY, who text, boss int REFERENCES person)",
    "INSERT INTO person SELECT n, 'secret' || n, 1 + n * 7 % 2000 FROM generate_series(1, 2000) n",
    "CREATE TABLE visit (id int, person int REFERENCES person) PARTITION BY RANGE (id)",
    "CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (5000)",
    "CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (5000) TO (99999)",
    "INSERT INTO visit SELECT n, 1 + n % 2000 FROM generate_series(1, 10000) AS n",
)
POLICY = f"""{NOTHING}tables: {{public.person: {{columns: {{who: {{action: hash}}}}}}}}
subset: {{start: [{{table: public.person, percent: 1}}], children: {{public.person: none}}}}
"""
COUNTS = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM visit)"


def test_a_subset_of_a_standby_is_that_of_its_primary(tmp_path: Path) -> None:
    """The same rows, proved by the checks of a run; the standby stays one."""
    with running(tmp_path / "primary") as primary, running(tmp_path / "other") as other:
        create_database(primary, "shop")
        for name in ("calm", "copy"):
            create_database(other, name)
        run(primary.dsn("shop"), *PEOPLE)
        with standby_of(primary, tmp_path / "standby") as standby:
            found = []
            for server, name in ((primary, "calm"), (standby, "copy")):
                target = other.dsn(name)
                process = begun(tmp_path, server.dsn("shop"), target, POLICY)
                assert ended(process) == (0, "")
                with psycopg.connect(target) as copied:
                    found.append(copied.execute(COUNTS).fetchone())
            with psycopg.connect(standby.dsn("shop")) as following:
                assert following.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    assert found[0] == found[1]
    people, visits = found[0] or (0, 0)
    assert 0 < people < 2000
    assert 0 < visits < 10000
