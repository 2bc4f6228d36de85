"""What an exchange of rows keeps true: keys, originals, other writers, the moment of `now()`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS
from builders.selections import POLICY, SOURCE, left_beside, refresh, rows, run, wrong
from substrate.databases import cloned
from substrate.judge import differences

from privaci_core.errors import CopyError, PreflightError
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh import exchange as exchanging
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import copy_database, create_target
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = pytest.mark.postgres


def policy(tables: str) -> Any:
    """A policy that drops and creates, with these rules."""
    return parse_policy(
        f'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\ntables: {tables}\n'
    )


PLAIN = policy("{}")


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


def test_originals_of_other_tables_are_searched(source: str, target: str) -> None:
    """An exchanged row must not quote a person whose own table stays as it is."""
    run(source, "UPDATE visit SET note = 'nimue7@corp.example' WHERE id = 3")
    claim = Claim(tables=frozenset({"public.visit"}))
    with opened(source, target, POLICY, KEYS, claim=claim) as loading:
        copy = loading.copy
        create_target(copy, loading.connections.source, loading.earlier)
        for table in copy.plan.tables:
            with psycopg.connect(copy.ends.target, autocommit=True) as beside:
                if table.relation == "visit_1":
                    beside.execute(
                        "INSERT INTO visit_1 VALUES (3, 1, '2024-06-04', 'nimue7@corp.example')"
                    )
        found = verdicts(Evidence(copy=copy, source=loading.connections.source))["no_originals"]
    assert found.wrong == {"public.visit.note": {"public.person.email": 1}}
    (said,) = found.said["public.visit.note"]
    assert "public.person.email" in said


def test_rows_of_an_earlier_version_are_refused(source: str, target: str) -> None:
    """What masked them with which salt is unknown: keys might not match."""
    run(target, "UPDATE _privaci.ledger SET origin = NULL WHERE relation = 'public.city'")
    with pytest.raises(
        PreflightError, match=r"public\.city was masked with another salt, or by an"
    ):
        refresh(source, target, ["person"])


def test_a_deferrable_key_is_still_unique(source_db: str, target_db: str) -> None:
    """Its trigger is silent in the exchange, so the exchange looks for itself."""
    run(source_db, "CREATE TABLE t (id int PRIMARY KEY, name text)")
    run(source_db, "INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    copy_database(source_db, target_db, PLAIN, KEYS)
    # The source has the same key, not yet valid for the new row: nothing refuses it there.
    run(source_db, "INSERT INTO t VALUES (3, 'two')")
    run(target_db, "ALTER TABLE t ADD CONSTRAINT t_name_key UNIQUE (name) DEFERRABLE")
    with pytest.raises(CopyError, match=r"t_name_key of public\.t"):
        refresh(source_db, target_db, ["t"], policy=PLAIN)
    assert rows(target_db, "SELECT count(*) FROM t") == [(2,)]


def test_a_deferrable_exclusion_holds_too(source_db: str, target_db: str) -> None:
    """It is found by its own operators."""
    run(source_db, "CREATE TABLE t (id int PRIMARY KEY, during int4range)")
    run(source_db, "INSERT INTO t VALUES (1, '[1,5)'), (2, '[5,9)')")
    copy_database(source_db, target_db, PLAIN, KEYS)
    run(
        target_db,
        "ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&) DEFERRABLE",
    )
    refresh(source_db, target_db, ["t"], policy=PLAIN)
    run(source_db, "INSERT INTO t VALUES (3, '[4,6)')")
    with pytest.raises(CopyError, match=r"apart of public\.t"):
        refresh(source_db, target_db, ["t"], policy=PLAIN)


def test_a_parent_cannot_vanish_meanwhile(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion in a table that stays waits for the exchange, and then sees its rows."""
    run(source, "INSERT INTO person (city, email) VALUES (5, 'elaine@corp.example')")
    refresh(source, target, ["person"])
    run(source, "INSERT INTO visit VALUES (1000, 51, '2025-02-02', 'new')")
    refuse, errors = exchanging._refuse_orphans, list[BaseException]()

    def delete() -> None:
        try:
            with psycopg.connect(target, autocommit=True) as other:
                other.execute("DELETE FROM person WHERE id = 51")
        except psycopg.Error as error:
            errors.append(error)

    deleting = threading.Thread(target=delete)

    def look(*arguments: Any) -> None:
        refuse(*arguments)
        deleting.start()
        deleting.join(0.5)

    monkeypatch.setattr(exchanging, "_refuse_orphans", look)
    refresh(source, target, ["visit"])
    deleting.join()
    assert [type(error) for error in errors] == [psycopg.errors.ForeignKeyViolation]
    left = "SELECT FROM visit WHERE NOT EXISTS (SELECT FROM person WHERE id = visit.person)"
    assert rows(target, left) == []


def test_a_whole_refresh_removes_what_a_killed_run_left(source: str, target: str) -> None:
    """Nobody looks for rows that were never proved in a database that nothing needs."""
    claim = Claim(tables=frozenset({"public.city"}))
    with opened(source, target, POLICY, KEYS, claim=claim) as loading:
        create_target(loading.copy, loading.connections.source, loading.earlier)
    assert len(left_beside(target)) == 1
    copy_database(source, target, POLICY, KEYS)
    assert left_beside(target) == []


def test_orphans_within_the_selection_have_another_remedy(source: str, target: str) -> None:
    """Both ends are chosen already: no more tables would help."""
    run(source, "SET session_replication_role = replica; UPDATE person SET boss = 99 WHERE id = 3")
    with pytest.raises(CopyError) as refused:
        refresh(source, target, ["person"])
    assert "person_boss_fkey" in str(refused.value)
    assert "null_orphan_fks" in str(refused.value)
    assert "--with" not in str(refused.value)


def test_a_partition_names_its_table(source: str, target: str) -> None:
    """Partitions are exchanged together, so one alone cannot be chosen."""
    with pytest.raises(PreflightError, match=r"public\.visit_1 is a partition of public\.visit"):
        refresh(source, target, ["visit_1"])


def test_now_means_each_table_its_own_moment(source_db: str, target_db: str) -> None:
    """A table that stays was chosen at the moment of its own refresh; `verify` knows it."""
    at = "SELECT n AS id, clock_timestamp() + n * interval '10 ms' AS at"
    for name in ("one", "two"):
        run(source_db, f"CREATE TABLE {name} AS {at} FROM generate_series(-20000, 20000) AS n")
    now = policy("{public.one: {where: at <= now()}, public.two: {where: at <= now()}}")
    copy_database(source_db, target_db, now, KEYS)
    before = rows(target_db, "SELECT count(*) FROM two")
    refresh(source_db, target_db, ["one"], policy=now)
    assert rows(target_db, "SELECT count(*) FROM two") == before
    assert wrong(source_db, target_db, now) == {}
    refresh(source_db, target_db, ["two"], policy=now)
    assert wrong(source_db, target_db, now) == {}
    assert rows(target_db, "SELECT count(*) FROM two") > before
    copy_database(source_db, target_db, now, KEYS)
    assert wrong(source_db, target_db, now) == {}


CIRCLE = """
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
INSERT INTO a SELECT n, NULL FROM generate_series(1, 9) AS n;
INSERT INTO b SELECT n, n FROM generate_series(1, 9) AS n;
UPDATE a SET b = 10 - id;
"""


def test_tables_in_a_circle_come_along(
    source_db: str, target_db: str, databases: Databases
) -> None:
    """Each is a parent and a child of the other; both are new at the same moment."""
    run(source_db, CIRCLE)
    copy_database(source_db, target_db, PLAIN, KEYS)
    run(source_db, "BEGIN; INSERT INTO b VALUES (10, 10); INSERT INTO a VALUES (10, 10); COMMIT")
    for table, parent in (("a", "b"), ("b", "a")):
        with pytest.raises(CopyError, match=rf"--with-parents \(public\.{parent}\)"):
            refresh(source_db, target_db, [table], policy=PLAIN)
    report = refresh(source_db, target_db, ["a"], along=frozenset({"parents"}), policy=PLAIN)
    assert set(report.tables) == {"public.a", "public.b"}
    with cloned(databases) as whole:
        copy_database(source_db, whole, PLAIN, KEYS)
        assert differences(whole, target_db) == []


LOUD = """
CREATE TABLE heard (what text);
CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.heard VALUES (TG_OP); RETURN NULL; END $$;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent int REFERENCES parent) PARTITION BY RANGE (id);
CREATE TABLE child_1 PARTITION OF child FOR VALUES FROM (0) TO (10);
CREATE TABLE child_2 PARTITION OF child FOR VALUES FROM (10) TO (20);
CREATE TRIGGER of_rows AFTER INSERT OR DELETE OR UPDATE ON child
    FOR EACH ROW EXECUTE FUNCTION hear();
CREATE TRIGGER of_all AFTER INSERT OR DELETE OR UPDATE ON child
    FOR EACH STATEMENT EXECUTE FUNCTION hear();
ALTER TABLE child ENABLE ALWAYS TRIGGER of_rows;
ALTER TABLE child ENABLE ALWAYS TRIGGER of_all;
SET session_replication_role = replica;
ALTER TABLE child DISABLE TRIGGER of_rows;
ALTER TABLE child DISABLE TRIGGER of_all;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1), (11, 2);
ALTER TABLE child ENABLE ALWAYS TRIGGER of_rows;
ALTER TABLE child ENABLE ALWAYS TRIGGER of_all;
"""


def test_a_partitioned_table_is_silent_as_a_whole(source_db: str, target_db: str) -> None:
    """Orphans become NULL by an update of the whole table, whose own triggers must not fire."""
    run(source_db, LOUD)
    nulls = policy("{public.child: {null_orphan_fks: true}}")
    copy_database(source_db, target_db, nulls, KEYS)
    run(target_db, "TRUNCATE heard")
    refresh(source_db, target_db, ["child"], policy=nulls)
    assert rows(target_db, "SELECT * FROM child ORDER BY 1") == [(1, 1), (11, None)]
    assert rows(target_db, "SELECT * FROM heard") == []
    states = "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2"
    named = states.replace("pg_trigger", "pg_trigger WHERE NOT tgisinternal")
    assert rows(target_db, named) == rows(source_db, named)


def test_the_next_row_of_people_has_a_new_number(source_db: str, target_db: str) -> None:
    """Also where a default reads a sequence that the column does not own."""
    run(source_db, "CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'))")
    run(source_db, "INSERT INTO t SELECT FROM generate_series(1, 5)")
    copy_database(source_db, target_db, PLAIN, KEYS)
    run(source_db, "INSERT INTO t SELECT FROM generate_series(1, 5)")
    refresh(source_db, target_db, ["t"], policy=PLAIN)
    run(target_db, "INSERT INTO t DEFAULT VALUES")
    assert rows(target_db, "SELECT max(id) FROM t") == [(11,)]


PUBLISHED = """
CREATE TABLE t (id int);
CREATE TABLE n (id int PRIMARY KEY);
ALTER TABLE n REPLICA IDENTITY NOTHING;
CREATE TABLE k (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
INSERT INTO n VALUES (1);
INSERT INTO k VALUES (1);
CREATE PUBLICATION everything FOR ALL TABLES;
"""


def test_published_tables_without_a_key_are_exchanged(source_db: str, target_db: str) -> None:
    """Postgres deletes no row of theirs while nothing names it; afterwards nothing does again."""
    run(source_db, PUBLISHED)
    copy_database(source_db, target_db, PLAIN, KEYS)
    run(source_db, "INSERT INTO t VALUES (2); INSERT INTO n VALUES (2)")
    refresh(source_db, target_db, ["t", "n", "k"], policy=PLAIN)
    for table in ("t", "n"):
        assert rows(target_db, f"SELECT id FROM {table} ORDER BY id") == [(1,), (2,)]
    identities = "SELECT relname, relreplident FROM pg_class WHERE relname IN ('t', 'n', 'k')"
    assert sorted(rows(target_db, identities)) == sorted(rows(source_db, identities))


def test_rows_that_break_a_check_say_what_to_do(source_db: str, target_db: str) -> None:
    """A whole refresh adds a check that is not valid behind the rows; no exchange can."""
    run(source_db, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    run(source_db, "ALTER TABLE t ADD CONSTRAINT large CHECK (id > 5) NOT VALID")
    copy_database(source_db, target_db, PLAIN, KEYS)
    with pytest.raises(CopyError) as refused:
        refresh(source_db, target_db, ["t"], policy=PLAIN)
    for words in ("public.t", "constraint large", "NOT VALID", "privaci run"):
        assert words in str(refused.value)
