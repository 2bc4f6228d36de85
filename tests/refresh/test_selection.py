"""Some tables of a published target get new rows: beside the old ones, proved, then at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS
from builders.selections import (
    NULLS,
    POLICY,
    SOURCE,
    SWAPS,
    left_beside,
    refresh,
    rows,
    run,
    wrong,
)
from substrate.databases import cloned
from substrate.judge import differences

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks import Keys
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh import exchange as exchanging
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import copy_database, create_target
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = pytest.mark.postgres


@pytest.fixture
def source(source_db: str) -> str:
    """Four tables that refer to one another, one of them partitioned."""
    run(source_db, SOURCE)
    return source_db


@pytest.fixture
def target(source: str, target_db: str) -> str:
    """A published copy of them."""
    copy_database(source, target_db, POLICY, KEYS)
    return target_db


def test_one_table_gets_its_new_rows(source: str, target: str) -> None:
    """Masked as a whole refresh masks them; nothing else changes, and all is proved."""
    before = rows(target, "SELECT ctid, * FROM visit ORDER BY id")
    run(source, "UPDATE person SET email = 'niniane@corp.example' WHERE id = 7")
    run(source, "INSERT INTO person (city, email) VALUES (2, 'elaine@corp.example')")
    report = refresh(source, target, ["person"])
    assert report.tables["public.person"].rows == 51
    assert rows(target, "SELECT count(*) FROM person WHERE email LIKE '%corp.example'") == [(0,)]
    assert rows(target, "SELECT count(*) FROM person") == [(51,)]
    assert rows(target, "SELECT ctid, * FROM visit ORDER BY id") == before
    assert rows(target, "SELECT * FROM emails") == rows(
        target, "SELECT upper FROM person ORDER BY id"
    )
    assert wrong(source, target) == {}
    assert left_beside(target) == []
    inserted = "INSERT INTO person (city, email) VALUES (1, 'next@example.test') RETURNING id"
    with psycopg.connect(target) as connection:
        assert connection.execute(inserted).fetchone() == (52,)


def test_the_target_is_the_one_that_a_whole_refresh_makes(
    source: str, target: str, databases: Databases
) -> None:
    """All tables, one after the other, against a copy of the same source."""
    run(source, "UPDATE person SET city = 3; UPDATE visit SET note = 'other' WHERE id % 2 = 0")
    run(source, """DELETE FROM visit WHERE id < 10; UPDATE "odd name" SET note = 'two'""")
    for table in ("city", "person", "visit", "odd name"):
        refresh(source, target, [table])
    with cloned(databases) as whole:
        copy_database(source, whole, POLICY, KEYS)
        assert differences(whole, target) == []


def test_a_child_without_its_new_parents_is_refused(source: str, target: str) -> None:
    """The message names the key and what to take along; readers keep the old rows."""
    run(source, "INSERT INTO person (city, email) VALUES (1, 'elaine@corp.example')")
    run(source, "INSERT INTO visit VALUES (1000, 51, '2025-02-02', 'new')")
    before = rows(target, "SELECT * FROM visit ORDER BY id")
    with pytest.raises(CopyError) as refused:
        refresh(source, target, ["visit"])
    assert "visit_person_fkey: 1 rows of public.visit" in str(refused.value)
    assert "--with-parents (public.person)" in str(refused.value)
    assert rows(target, "SELECT * FROM visit ORDER BY id") == before
    report = refresh(source, target, ["visit"], along=frozenset({"parents"}))
    assert {"public.person", "public.city"} <= set(report.tables)
    assert wrong(source, target) == {}


def test_a_parent_whose_children_would_dangle_is_refused(source: str, target: str) -> None:
    """A deleted parent takes its children along, however far."""
    run(source, "DELETE FROM visit; DELETE FROM person WHERE id = 50")
    with pytest.raises(CopyError, match=r"--with-children \(public\.visit\)"):
        refresh(source, target, ["person"])
    report = refresh(source, target, ["person"], along=frozenset({"children"}))
    assert {"public.person", "public.visit_1", "public.visit_2"} == set(report.tables)
    assert rows(target, "SELECT count(*) FROM visit") == [(0,)]
    assert wrong(source, target) == {}


def test_orphans_become_null_where_the_policy_says_so(source: str, target_db: str) -> None:
    """The ledger says so as well: the copy is proved."""
    copy_database(source, target_db, NULLS, KEYS)
    run(source, "SET session_replication_role = replica; UPDATE person SET boss = 99 WHERE id = 3")
    refresh(source, target_db, ["person"], policy=NULLS)
    assert rows(target_db, "SELECT boss FROM person WHERE id = 3") == [(None,)]
    assert wrong(source, target_db, NULLS) == {}


LOUD = """
CREATE TABLE heard (what text);
CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO heard VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER loud AFTER INSERT OR DELETE ON city FOR EACH ROW EXECUTE FUNCTION hear();
CREATE TRIGGER louder AFTER INSERT OR DELETE ON city FOR EACH ROW EXECUTE FUNCTION hear();
ALTER TABLE city ENABLE ALWAYS TRIGGER loud;
ALTER TABLE city ENABLE REPLICA TRIGGER louder;
CREATE RULE kept AS ON DELETE TO city DO INSTEAD NOTHING;
ALTER TABLE city ENABLE ALWAYS RULE kept;
"""


def test_triggers_and_rules_are_silent_and_stay(source: str, target_db: str) -> None:
    """Also those that fire in every session; their states are what they were."""
    run(source, LOUD)
    copy_database(source, target_db, POLICY, KEYS)
    run(target_db, "TRUNCATE heard")
    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    refresh(source, target_db, ["city"])
    assert rows(target_db, "SELECT * FROM heard") == []
    assert rows(target_db, "SELECT name FROM city WHERE id = 5") == [("Astolat",)]
    states = "SELECT tgname, tgenabled FROM pg_trigger WHERE tgname LIKE 'loud%' ORDER BY 1"
    assert rows(target_db, states) == rows(source, states)
    rule = "SELECT ev_enabled FROM pg_rewrite WHERE rulename = 'kept'"
    assert rows(target_db, rule) == [("A",)]


def test_readers_see_the_old_rows_until_the_commit(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none waits; one whose snapshot is older sees the old ones after it too."""
    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    query, seen = "SELECT name FROM city WHERE id = 5", []
    refuse = exchanging._refuse_orphans
    with psycopg.connect(target) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert old.execute(query.encode()).fetchone() == ("city 5",)

        def look(*arguments: Any) -> None:
            seen.append(rows(target, query))
            refuse(*arguments)

        monkeypatch.setattr(exchanging, "_refuse_orphans", look)
        # The exchange would wait at VACUUM for nobody, and at a lock for no reader.
        refresh(source, target, ["city"])
        assert old.execute(query.encode()).fetchone() == ("city 5",)
    assert seen == [[("city 5",)]]
    assert rows(target, query) == [("Astolat",)]


def test_a_run_that_breaks_off_leaves_the_target_alone(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the commit nothing has changed; the next run takes its place."""
    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    before = rows(target, "SELECT * FROM city ORDER BY id")
    with monkeypatch.context() as patch:
        patch.setattr(exchanging, "_refresh_matviews", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refresh(source, target, ["city"])
    assert rows(target, "SELECT * FROM city ORDER BY id") == before
    assert wrong(source, target, POLICY).keys() <= {"rows_are_masked"}
    refresh(source, target, ["city"])
    assert rows(target, "SELECT name FROM city WHERE id = 5") == [("Astolat",)]
    assert left_beside(target) == []
    refresh(source, target, ["city"])
    assert wrong(source, target) == {}


def test_what_fails_after_the_commit_is_no_failure(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers have the new rows; the next run drops the database that could not be dropped."""

    def fail(*_: object) -> None:
        doing, why = "Dropping the database beside the target", "a session of another role is open"
        raise CopyError(doing, why, "End it.")

    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    with monkeypatch.context() as patch:
        patch.setattr(exchanging, "drop_beside", fail)
        refresh(source, target, ["city"])
    assert rows(target, "SELECT name FROM city WHERE id = 5") == [("Astolat",)]
    assert wrong(source, target) == {}
    assert len(left_beside(target)) == 1
    refresh(source, target, ["city"])
    assert left_beside(target) == []


def test_a_swapped_target_is_no_other(source: str, target_db: str) -> None:
    """Some of its tables are exchanged in the database that people use."""
    copy_database(source, target_db, SWAPS, KEYS)
    oid = "SELECT oid FROM pg_database WHERE datname = current_database()"
    before = rows(target_db, oid)
    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    refresh(source, target_db, ["city"], policy=SWAPS)
    assert rows(target_db, oid) == before
    assert rows(target_db, "SELECT name FROM city WHERE id = 5") == [("Astolat",)]


@pytest.mark.parametrize(
    ("before", "tables", "said"),
    [
        ("", ["nobody"], "no table public.nobody"),
        ("", ["persn"], "Did you mean public.person"),
        ("ALTER TABLE city ADD COLUMN more int", ["city"], "public.city differ"),
        ("DROP TABLE visit_2", ["visit"], "public.visit_2 differ"),
        ("DELETE FROM _privaci.ledger", ["city"], "no published copy"),
    ],
)
def test_what_does_not_fit_is_refused(
    source: str, target: str, before: str, tables: list[str], said: str
) -> None:
    """Before anything is created; the message says what to do."""
    if before:
        run(target, before)
    with pytest.raises(PreflightError, match=said):
        refresh(source, target, tables)
    assert left_beside(target) == []


def test_another_salt_is_refused(source: str, target: str) -> None:
    """Keys of the exchanged tables would not match those that stay."""
    other = Keys.of(b"another salt that is long enough for this", None)
    claim = Claim(tables=frozenset({"public.person"}))
    with pytest.raises(PreflightError, match="another salt"):
        copy_database(source, target, POLICY, other, claim=claim)


def test_a_check_that_fails_leaves_the_target_alone(source: str, target: str) -> None:
    """The new rows are proved where they lie; what is wrong there is never exchanged."""
    run(source, "UPDATE city SET name = 'Astolat' WHERE id = 5")
    claim = Claim(tables=frozenset({"public.city"}))
    with opened(source, target, POLICY, KEYS, claim=claim) as loading:
        create_target(loading.copy, loading.connections.source, loading.earlier)
        evidence = Evidence(copy=loading.copy, source=loading.connections.source)
        assert "same_rows" in {name for name, found in verdicts(evidence).items() if found.wrong}
    assert rows(target, "SELECT count(*) FROM city WHERE name = 'Astolat'") == [(0,)]
