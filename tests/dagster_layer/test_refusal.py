"""A refused publication: who is told, who can read the target, and what it holds then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run

from privaci_dagster.asset_keys import REFRESH_TAG, Names
from privaci_dagster.failures import first_failure
from privaci_dagster.refusal import LATEST_ATTEMPT, REFUSED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'nothing'
FROM generate_series(1, 50) AS n;
CREATE MATERIALIZED VIEW notes AS SELECT id, note FROM person;
"""
POLICY = (
    NOTHING_MASKED
    + "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
    + "on_existing_data: "
)
PLANT = "UPDATE person SET note = 'write to ' || email WHERE id = 7"
REPAIR = "UPDATE person SET note = 'nothing' WHERE id = 7"
TRAIL = """
SELECT event, CASE event WHEN 'refused' THEN said ELSE '' END FROM _privaci.audit_log
WHERE event IN ('refused', 'published') ORDER BY place
"""
KEY = dg.AssetCheckKey(Names().published, LATEST_ATTEMPT)


@pytest.fixture
def source(source_db: str) -> str:
    """Fifty people, and the address of one of them in a note that is copied as it is."""
    run(source_db, *TABLES.split(";\n")[:-1], PLANT)
    return source_db


@dataclass
class Attempts:
    """Refreshes of one target."""

    source: str
    target: str
    folder: Path
    instance: Any
    monkeypatch: pytest.MonkeyPatch

    def refresh(self, mode: str, fate: str = "keep", tags: dict[str, str] | None = None) -> Any:
        """Run one."""
        project = project_in(self.folder, self.source, self.target, f"{POLICY}{mode}\n")
        project = replace(project, on_failed_proof=fate)
        return refresh(project, self.instance, self.monkeypatch, tags)


@pytest.fixture
def attempts(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Attempts:
    """Nothing has been run yet."""
    return Attempts(source, target_db, tmp_path, instance, monkeypatch)


@pytest.fixture
def beside(target_db: str) -> Iterator[str]:
    """The database that a swap loads; a refused one is left for a look."""
    yield f"{name_of(target_db)}_next"
    run(
        make_conninfo(target_db, dbname="postgres"),
        f"DROP DATABASE IF EXISTS {name_of(target_db)}_next (FORCE)",
    )


def asked(dsn: str, query: str) -> Any:
    """The rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def latest(instance: Any) -> tuple[bool, str]:
    """Whether the latest attempt was published, and which checks refused it."""
    record = instance.get_latest_asset_check_evaluation_record(KEY)
    found = record.event.dagster_event.asset_check_evaluation_data
    refused = found.metadata.get(REFUSED_BY)
    return found.passed, str(refused.value) if refused else ""


def is_open(target: str) -> bool:
    """Whether the database allows sessions of roles that are no superusers."""
    query = f"SELECT datconnlimit FROM pg_database WHERE datname = '{name_of(target)}'"
    return asked(make_conninfo(target, dbname="postgres"), query) == [(-1,)]


def test_a_refused_attempt_is_told_to_people_and_to_dagster(
    source: str, target_db: str, attempts: Attempts
) -> None:
    """The trail names the checks, the published asset fails its check, the target stays closed."""
    result = attempts.refresh("drop_create")
    assert not result.success
    assert asked(target_db, TRAIL) == [("refused", "no_originals")]
    assert latest(attempts.instance) == (False, "no_originals")
    record = attempts.instance.get_latest_asset_check_evaluation_record(KEY)
    found = record.event.dagster_event.asset_check_evaluation_data
    assert found.description.startswith(
        "The latest refresh was refused; the target was not published."
        " public.person.note holds 1 e-mail address of public.person.email. Mask it"
    )
    assert not is_open(target_db)
    run(source, REPAIR)
    assert attempts.refresh("drop_create").success
    assert latest(attempts.instance) == (True, "")
    assert is_open(target_db)
    assert asked(target_db, TRAIL) == [("refused", "no_originals"), ("published", "")]


def test_a_refused_attempt_after_a_published_one(source: str, attempts: Attempts) -> None:
    """The publication is no longer the latest attempt: Dagster shows the asset as failing."""
    run(source, REPAIR)
    assert attempts.refresh("drop_create").success
    run(source, PLANT)
    assert not attempts.refresh("drop_create").success
    [record] = attempts.instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [KEY]
    ).values()
    assert record.status.value == "FAILED"


@pytest.mark.parametrize("fate", ["keep", "empty"])
def test_a_refused_swap_is_told_in_the_target_that_people_use(
    source: str, target_db: str, beside: str, attempts: Attempts, fate: str
) -> None:
    """The refusal is told in words, the old rows serve, and the new ones are closed or dropped."""
    run(target_db, "CREATE TABLE old (id int)", "INSERT INTO old VALUES (1)")
    result = attempts.refresh("swap", fate)
    failure = first_failure(result)
    assert failure is not None
    assert "the check no_originals failed" in failure.message
    assert asked(target_db, TRAIL) == [("refused", "no_originals")]
    assert asked(target_db, "SELECT id FROM old") == [(1,)]
    query = f"SELECT datconnlimit FROM pg_database WHERE datname = '{beside}'"
    assert asked(target_db, query) == ([(0,)] if fate == "keep" else [])
    run(source, REPAIR)
    assert attempts.refresh("swap").success
    assert asked(target_db, TRAIL) == [("refused", "no_originals"), ("published", "")]


@pytest.mark.parametrize("mode", ["fail", "drop_create", "truncate"])
def test_a_refused_target_is_emptied_if_that_is_wanted(
    source: str,
    target_db: str,
    attempts: Attempts,
    mode: str,
) -> None:
    """No row is left, the target stays closed, and the refresh can be begun again."""
    if mode == "truncate":
        run(target_db, *TABLES.split(";\n")[:-1])
    result = attempts.refresh(mode, "empty")
    assert not result.success
    left = "SELECT count(*) FROM pg_class WHERE relname IN ('person', 'notes') AND relkind <> 'i'"
    if mode == "truncate":
        assert asked(target_db, "SELECT count(*) FROM person") == [(0,)]
        assert asked(target_db, "SELECT relispopulated FROM pg_class WHERE relname = 'notes'") == [
            (False,)
        ]
    else:
        assert asked(target_db, left) == [(0,)]
    assert not is_open(target_db)
    run(source, REPAIR)
    tags = {REFRESH_TAG: result.run_id}
    assert attempts.refresh(mode, "empty", tags).success
    assert asked(target_db, "SELECT count(*) FROM person") == [(50,)]
    assert is_open(target_db)


OWN = (
    "CREATE TABLE seen (tag text)",
    "CREATE VIEW own AS SELECT id FROM person",
    "CREATE INDEX own_index ON person (note)",
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'rows go'; END $$""",
    "CREATE TRIGGER loud BEFORE TRUNCATE ON person EXECUTE FUNCTION refuse()",
    """CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql
       AS $$ BEGIN INSERT INTO public.seen VALUES (tg_tag); END $$""",
    "CREATE EVENT TRIGGER log ON ddl_command_end EXECUTE FUNCTION log_ddl()",
)
OWN_THERE = """
SELECT to_regclass('own') IS NOT NULL, to_regclass('own_index') IS NOT NULL,
       (SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'loud'),
       (SELECT evtenabled::text FROM pg_event_trigger WHERE evtname = 'log')
"""


def test_an_emptied_target_keeps_what_is_its_own(
    source: str, target_db: str, attempts: Attempts
) -> None:
    """Under `truncate` views, indexes and triggers of the target survive a refused refresh."""
    run(target_db, *TABLES.split(";\n")[:-1], *OWN)
    assert not attempts.refresh("truncate", "empty").success
    assert asked(target_db, "SELECT count(*) FROM person") == [(0,)]
    run(source, REPAIR)
    assert attempts.refresh("truncate").success
    assert asked(target_db, OWN_THERE) == [(True, True, "O", "O")]
    assert asked(target_db, "SELECT count(*) FROM person") == [(50,)]
    assert asked(target_db, "SELECT count(*) FROM seen") == [(0,)]


def test_an_unknown_fate_is_refused(attempts: Attempts) -> None:
    """A misspelt word is no reason to keep what should be emptied."""
    result = attempts.refresh("fail", "emtpy")
    failure = first_failure(result)
    assert failure is not None
    assert "it must be keep or empty" in failure.message


def test_an_unknown_extent_of_the_search_is_refused_before_anything_is_written(
    target_db: str, attempts: Attempts
) -> None:
    """Not by the check, after hours of loading."""
    project = project_in(attempts.folder, attempts.source, attempts.target, f"{POLICY}fail\n")
    project = replace(project, search="some")
    failure = first_failure(refresh(project, attempts.instance, attempts.monkeypatch, None))
    assert failure is not None
    assert "Write full or sample" in failure.message
    assert asked(target_db, "SELECT to_regnamespace('_privaci') IS NULL") == [(True,)]
