"""Any table by its own button: a run over tables exchanges their rows in the published target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import project_in, refresh

from privaci_core.prove.target_only import verify_target
from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG, REFRESH_TAG, WITH_TAG, Names
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.failures import first_failure
from privaci_dagster.project import KEEP

if TYPE_CHECKING:
    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE city (id int PRIMARY KEY, name text);
CREATE TABLE person (id int PRIMARY KEY, city int REFERENCES city, email text UNIQUE);
CREATE TABLE "order lines" (id int PRIMARY KEY, person int REFERENCES person, note text);
INSERT INTO city SELECT n, 'city ' || n FROM generate_series(1, 5) AS n;
INSERT INTO person SELECT n, 1 + n % 5, 'nimue' || n || '@corp.example'
    FROM generate_series(1, 40) AS n;
INSERT INTO "order lines" SELECT n, 1 + n % 40, 'note' FROM generate_series(1, 90) AS n;
"""
POLICY = """version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
"""


class Copies:
    """A published copy, and runs over some of its tables."""

    def __init__(self, source: str, target: str, project: Project, instance: Any) -> None:
        self.source, self.target, self.project, self.instance = source, target, project, instance

    def run(self, *tables: str, tags: dict[str, str] | None = None) -> Any:
        """Materialize tables, as the button on their pages does."""
        job = build_definitions(self.project).resolve_job_def(REFRESH_JOB)
        return job.execute_in_process(
            instance=self.instance,
            asset_selection=[target_table(table) for table in tables],
            tags=tags or {},
            raise_on_error=False,
        )

    def change(self, statements: str) -> None:
        """Write to the source."""
        with psycopg.connect(self.source, autocommit=True) as connection:
            connection.execute(statements.encode())

    def rows(self, query: str) -> list[Any]:
        """Read the target."""
        with psycopg.connect(self.target) as connection:
            return connection.execute(query.encode()).fetchall()

    def published(self) -> dict[str, Any]:
        """What the last publication told."""
        made = last_materialization(self.instance, Names().published)
        assert made is not None
        return {**values_of(made.metadata), "refresh": (made.tags or {})[REFRESH_TAG]}


def target_table(name: str) -> dg.AssetKey:
    """A table of the target."""
    return dg.AssetKey(["target", "public", name])


@pytest.fixture
def copies(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Copies:
    """A copy that a whole refresh published."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    project = project_in(tmp_path, source_db, target_db, POLICY)
    assert refresh(project, instance, monkeypatch).success
    return Copies(source_db, target_db, project, instance)


def test_one_table_is_materialized_by_itself(copies: Copies) -> None:
    """Its step reports the rows that readers see now; the proof covers the whole target."""
    whole = copies.published()
    copies.change("INSERT INTO person VALUES (41, 1, 'elaine@corp.example')")
    copies.change("UPDATE city SET name = 'Astolat' WHERE id = 5")
    result = copies.run("person")
    assert result.success, first_failure(result)
    (told,) = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == target_table("person")
    ]
    assert values_of(told.metadata)["dagster/row_count"] == 41
    assert copies.rows("SELECT count(*) FROM person") == [(41,)]
    assert copies.rows("SELECT count(*) FROM person WHERE email LIKE '%corp.example'") == [(0,)]
    assert copies.rows("SELECT count(*) FROM city WHERE name = 'Astolat'") == [(0,)]
    published = copies.published()
    proof = json.loads(Path(published["proof"]).with_name("proof.json").read_text())
    refreshes = {table["name"]: table["refresh"] for table in proof["content"]["tables"]}
    assert refreshes == {
        "public.person": result.run_id,
        "public.city": whole["refresh"],
        'public."order lines"': whole["refresh"],
    }
    columns = proof["content"]["columns"]
    assert {line["table"] for line in columns if line["type"]} == refreshes.keys()
    verdicts = verify_target(copies.target, proof["content"])
    assert {name: found.wrong for name, found in verdicts.items() if found.wrong} == {}


def test_a_name_with_a_space_has_its_button(copies: Copies) -> None:
    """Its asset keeps the real name."""
    copies.change("""UPDATE "order lines" SET note = 'other' WHERE id = 1""")
    result = copies.run("order lines")
    assert result.success, first_failure(result)
    assert copies.rows("""SELECT note FROM "order lines" WHERE id = 1""") == [("other",)]


def test_several_tables_come_from_one_snapshot(copies: Copies) -> None:
    """In one transaction: a child may refer to a parent that is new."""
    copies.change("INSERT INTO city VALUES (6, 'Astolat')")
    copies.change("INSERT INTO person VALUES (41, 6, 'elaine@corp.example')")
    refused = copies.run("person")
    failure = first_failure(refused)
    assert failure is not None
    assert "--with-parents (public.city)" in failure.message
    assert copies.rows("SELECT count(*) FROM person") == [(40,)]
    result = copies.run("person", "city")
    assert result.success, first_failure(result)
    assert copies.rows("SELECT count(*) FROM person") == [(41,)]


def test_relatives_come_along_by_a_tag(copies: Copies) -> None:
    """They report their materialization too; a word that the tag does not know is refused."""
    copies.change("INSERT INTO city VALUES (6, 'Astolat')")
    copies.change("INSERT INTO person VALUES (41, 6, 'elaine@corp.example')")
    result = copies.run("person", tags={WITH_TAG: "parents"})
    assert result.success, first_failure(result)
    told = {event.asset_key for event in result.get_asset_materialization_events()}
    assert {target_table("person"), target_table("city")} <= told
    assert target_table("order lines") not in told
    failure = first_failure(copies.run("person", tags={WITH_TAG: "cousins"}))
    assert failure is not None
    assert WITH_TAG in failure.message


def test_rows_that_a_check_refuses_are_not_exchanged(copies: Copies) -> None:
    """The old rows stay, and the check of the published target says that the attempt failed."""
    leak = "UPDATE person SET email = 'niniane' || id || '@corp.example';"
    copies.change(leak + """UPDATE "order lines" SET note = 'x'""")
    copies.change("ALTER TABLE person ADD COLUMN copy text")
    copies.change("UPDATE person SET copy = email")
    with psycopg.connect(copies.target, autocommit=True) as target:
        target.execute("ALTER TABLE person ADD COLUMN copy text")
    before = copies.rows("SELECT * FROM person ORDER BY id")
    result = copies.run("person")
    failure = first_failure(result)
    assert failure is not None
    assert "public.person.copy" in failure.message
    assert "niniane" not in failure.message
    assert copies.rows("SELECT * FROM person ORDER BY id") == before


def test_a_job_of_another_project_may_name_some_tables(copies: Copies) -> None:
    """As a schedule of a few tables does: its runs select nothing, the job does."""
    copies.change("UPDATE city SET name = 'Astolat' WHERE id = 5")
    definitions = build_definitions(copies.project)
    key = target_table("city")
    theirs = dg.define_asset_job("some", dg.AssetSelection.assets(key).without_checks())
    job = dg.Definitions.merge(definitions, dg.Definitions(jobs=[theirs])).resolve_job_def("some")
    result = job.execute_in_process(instance=copies.instance, raise_on_error=False)
    assert result.success, first_failure(result)
    assert copies.rows("SELECT name FROM city WHERE id = 5") == [("Astolat",)]


def test_what_was_exchanged_is_unchanged_the_next_time(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run that keeps unchanged tables counts from the exchange on."""
    keep = {KEEP_UNCHANGED_TAG: KEEP}
    assert refresh(copies.project, copies.instance, monkeypatch, keep).success
    copies.change("INSERT INTO person VALUES (41, 1, 'elaine@corp.example')")
    assert copies.run("person").success
    again = refresh(copies.project, copies.instance, monkeypatch, keep)
    assert again.success
    (opened,) = again.asset_materializations_for_node("target__schema")
    assert values_of(opened.metadata)["unchanged"] == [
        'public."order lines"',
        "public.city",
        "public.person",
    ]


def test_a_swapped_target_keeps_what_has_not_changed(
    copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run exchanges the changed tables alone; the others report their last load."""
    (tmp_path / "mask-rules.yaml").write_text(POLICY.replace("drop_create", "swap"))
    keep = {KEEP_UNCHANGED_TAG: KEEP}
    assert refresh(copies.project, copies.instance, monkeypatch, keep).success
    oid = copies.rows("SELECT oid FROM pg_database WHERE datname = current_database()")
    copies.change("INSERT INTO person VALUES (41, 1, 'elaine@corp.example')")
    again = refresh(copies.project, copies.instance, monkeypatch, keep)
    assert again.success, first_failure(again)
    assert copies.rows("SELECT oid FROM pg_database WHERE datname = current_database()") == oid
    assert copies.rows("SELECT count(*) FROM person") == [(41,)]
    kept = {
        event.asset_key.path[-1]: values_of(event.materialization.metadata).get("unchanged", False)
        for event in again.get_asset_materialization_events()
        if event.asset_key.path[1] == "public"
    }
    assert kept == {"person": False, "city": True, "order lines": True}
    # Nothing has changed now: the smallest table is exchanged, so that there is a proof.
    assert refresh(copies.project, copies.instance, monkeypatch, keep).success
    assert copies.rows("SELECT count(*) FROM person") == [(41,)]


def test_a_target_without_a_copy_says_what_to_do(
    source_db: str, target_db: str, tmp_path: Path, instance: Any
) -> None:
    """There is nothing to exchange rows in."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    project = project_in(tmp_path, source_db, target_db, POLICY)
    failure = first_failure(Copies(source_db, target_db, project, instance).run("person"))
    assert failure is not None
    assert "no published copy" in failure.message
    assert "privaci run" in failure.message
