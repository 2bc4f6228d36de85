"""Rows that refer to no row of the copy are left out, counted, and nothing else may be missing."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from builders.copies import KEYS
from builders.selections import refresh, rows, run, wrong

from privaci_core.errors import CopyError
from privaci_core.loading.streams import load_tables
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh import orphans as settling
from privaci_core.refresh.open import finished, opened
from privaci_core.refresh.resume import load_many, take_over_target
from privaci_core.refresh.steps import copy_database, create_target, finish_target, publish_target
from privaci_core.target.claim import Claim

pytestmark = pytest.mark.postgres

SOURCE = """
CREATE TABLE team (id int PRIMARY KEY);
INSERT INTO team SELECT generate_series(1, 40);
CREATE TABLE person (
    id int PRIMARY KEY REFERENCES team, email text, boss int REFERENCES person
);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example', nullif(n - 1, 0)
FROM generate_series(1, 40) AS n;
CREATE TABLE visit (id int, person int NOT NULL REFERENCES person, at text, PRIMARY KEY (id, at))
PARTITION BY LIST (at);
CREATE TABLE visit_a PARTITION OF visit FOR VALUES IN ('a');
CREATE TABLE visit_b PARTITION OF visit FOR VALUES IN ('b');
INSERT INTO visit SELECT n, n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END
FROM generate_series(1, 40) AS n;
CREATE TABLE bill (
    id int PRIMARY KEY, visit int, at text, FOREIGN KEY (visit, at) REFERENCES visit
);
INSERT INTO bill SELECT n, n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END
FROM generate_series(1, 40) AS n;
"""
HEAD = 'version: "1.0"\nauto_detect: false\n'
# The chain of bosses breaks at 31: those behind it go as well, however far.
PERSON = (
    "public.team: {where: id <> 31},"
    " public.person: {orphan_rows: drop, columns: {email: {action: hash}}}"
)
DROPS = parse_policy(f"{HEAD}on_existing_data: drop_create\ntables: {{{PERSON}}}\n")


@pytest.fixture
def source(source_db: str) -> str:
    """People with their bosses, their visits in two partitions, and the bills of these."""
    run(source_db, SOURCE)
    return source_db


def counts(dsn: str) -> dict[str, int]:
    """How many rows each table of the copy has."""
    return {
        table: rows(dsn, f"SELECT count(*) FROM {table}")[0][0]
        for table in ("person", "visit", "bill")
    }


def test_rows_go_with_the_rows_that_they_refer_to(source: str, target_db: str) -> None:
    """Down a chain within a table, into partitions and on; each table's count is reported."""
    report = copy_database(source, target_db, DROPS, KEYS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}
    assert wrong(source, target_db, DROPS) == {}
    assert [note for note in report.notes if "left out" in note] == [
        "TABLE public.person: 10 rows that refer to no row are left out",
        "TABLE public.visit: 10 rows that refer to no row are left out",
        "TABLE public.bill: 10 rows that refer to no row are left out",
    ]
    with finished(source, target_db, DROPS, KEYS) as copied:
        evidence = Evidence(copy=copied.copy, source=copied.connections.source)
        found = CHECK_NAMED["same_rows"].find(evidence)
    left_out = {"public.bill": 10, "public.person": 10, "public.visit": 10}
    assert found.details["orphans_left_out"] == left_out


def test_a_long_chain_goes_in_one_statement(source_db: str, target_db: str) -> None:
    """Twenty thousand rows, each behind the one before: rounds over the table would take hours."""
    run(
        source_db,
        "CREATE TABLE doc (id int PRIMARY KEY, before int REFERENCES doc);"
        "INSERT INTO doc SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20000) AS n",
    )
    rules = "public.doc: {where: id <> 11}"
    policy = parse_policy(f"{HEAD}orphan_rows: drop\ntables: {{{rules}}}\n")
    copy_database(source_db, target_db, policy, KEYS)
    assert rows(target_db, "SELECT count(*) FROM doc") == [(10,)]
    assert rows(target_db, "SELECT count(*) FROM pg_indexes WHERE tablename = 'doc'") == [(1,)]


@pytest.mark.parametrize(
    "spoil",
    [
        "DELETE FROM bill WHERE id = 1",
        "INSERT INTO bill VALUES (35, NULL, 'b')",
        "DELETE FROM _privaci.ledger WHERE part = 'orphans of bill_visit_at_fkey'",
    ],
)
def test_no_other_row_may_be_missing(source: str, target_db: str, spoil: str) -> None:
    """One more, one fewer, and rows whose absence nothing records."""
    copy_database(source, target_db, DROPS, KEYS)
    run(target_db, spoil)
    assert wrong(source, target_db, DROPS).keys() >= {"same_rows", "rows_are_masked"}


@pytest.mark.parametrize("word", ["refuse", "null"])
def test_a_table_may_say_otherwise(source: str, target_db: str, word: str) -> None:
    """Its rows do not go with those they refer to: they are refused, or refer to none."""
    other = f"{HEAD}tables: {{{PERSON}, public.bill: {{orphan_rows: {word}}}}}\n"
    policy = parse_policy(other)
    if word == "refuse":
        with pytest.raises(CopyError, match=r"public\.bill: 10 rows refer to nothing"):
            copy_database(source, target_db, policy, KEYS)
        return
    copy_database(source, target_db, policy, KEYS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 40}
    assert rows(target_db, "SELECT count(*) FROM bill WHERE visit IS NULL") == [(10,)]
    assert wrong(source, target_db, policy) == {}


BROKEN = "SET session_replication_role = replica; UPDATE bill SET visit = 999 WHERE id = 3"


def test_a_table_that_says_nothing_has_no_orphans_of_its_own(source: str, target_db: str) -> None:
    """Rows that the source itself broke are refused, unless the policy is asked for them."""
    run(source, BROKEN)
    with pytest.raises(CopyError, match=r"public\.bill: 1 rows refer to nothing"):
        copy_database(source, target_db, DROPS, KEYS)
    everywhere = parse_policy(
        f"{HEAD}orphan_rows: drop\non_existing_data: drop_create\n"
        "tables: {public.team: {where: id <> 31}}\n"
    )
    copy_database(source, target_db, everywhere, KEYS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 29}
    assert wrong(source, target_db, everywhere) == {}


def test_a_ring_stays_whole_or_goes_whole(source_db: str, target_db: str) -> None:
    """Two tables that refer to each other: least rows are left out, and all that must be."""
    run(
        source_db,
        "CREATE TABLE team (id int PRIMARY KEY); INSERT INTO team VALUES (1), (2);"
        "CREATE TABLE a (id int PRIMARY KEY, team int REFERENCES team);"
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);"
        "INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1, 1), (2, 2);"
        "ALTER TABLE a ADD b int; UPDATE a SET b = id;"
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b",
    )
    policy = parse_policy(f"{HEAD}orphan_rows: drop\ntables: {{public.team: {{where: id = 1}}}}\n")
    copy_database(source_db, target_db, policy, KEYS)
    assert rows(target_db, "SELECT a.id, b.id FROM a FULL JOIN b ON a.id = b.a") == [(1, 1)]
    assert wrong(source_db, target_db, policy) == {}


def test_a_key_that_becomes_null_may_leave_rows_without_one(source_db: str, target_db: str) -> None:
    """Rows that refer to a column which is itself a reference."""
    run(
        source_db,
        "CREATE TABLE team (id int PRIMARY KEY); INSERT INTO team VALUES (1), (2);"
        "CREATE TABLE seat (id int PRIMARY KEY, team int UNIQUE REFERENCES team);"
        "CREATE TABLE sign (id int PRIMARY KEY, team int REFERENCES seat (team));"
        "INSERT INTO seat VALUES (1, 1), (2, 2); INSERT INTO sign VALUES (1, 1), (2, 2);",
    )
    rules = "public.team: {where: id = 1}, public.seat: {orphan_rows: null}"
    policy = parse_policy(f"{HEAD}orphan_rows: drop\ntables: {{{rules}}}\n")
    copy_database(source_db, target_db, policy, KEYS)
    assert rows(target_db, "SELECT id, team FROM seat ORDER BY id") == [(1, 1), (2, None)]
    assert rows(target_db, "SELECT id FROM sign") == [(1,)]
    assert wrong(source_db, target_db, policy) == {}


def test_a_run_that_was_killed_leaves_out_all_or_nothing(
    source: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the commit and after it: the next attempt comes to the same rows and records."""
    again = settling.null_references

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    with opened(source, target_db, DROPS, KEYS) as loading:
        copy, from_source = loading.copy, loading.connections.source
        create_target(copy, from_source, loading.earlier)
        list(load_tables(copy, loading.connections, copy.plan.tables))

        def settle() -> tuple[str, ...]:
            with psycopg.connect(target_db, autocommit=True) as target:
                target.execute("SET search_path = ''")
                return settling.settle_orphans(
                    copy,
                    from_source,
                    target,
                    lambda keys: settling.refuse_orphans(copy, target, keys),
                )

        monkeypatch.setattr(settling, "null_references", fail)
        with pytest.raises(KeyboardInterrupt):
            settle()
        assert counts(target_db) == {"person": 40, "visit": 40, "bill": 40}
        monkeypatch.setattr(settling, "null_references", again)
        assert len(settle()) == 3
        assert settle() == ()
        assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}


def test_some_tables_leave_out_what_a_whole_refresh_does(source: str, target_db: str) -> None:
    """In their exchange; a table that stays must not lose what it refers to."""
    copy_database(source, target_db, DROPS, KEYS)
    refresh(source, target_db, ["person", "visit", "bill"], policy=DROPS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}
    assert wrong(source, target_db, DROPS) == {}
    run(source, "SET session_replication_role = replica; UPDATE person SET boss = 99 WHERE id = 5")
    with pytest.raises(CopyError, match="--with-children"):
        refresh(source, target_db, ["person"], policy=DROPS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}
    claim = Claim(tables=frozenset({"public.person"}), along=frozenset({"children"}))
    copy_database(source, target_db, DROPS, KEYS, claim=claim)
    assert counts(target_db) == {"person": 4, "visit": 4, "bill": 4}
    assert wrong(source, target_db, DROPS) == {}


MODES = {
    "truncate": "on_existing_data: truncate\n",
    "swap": "on_existing_data: swap\n",
}


@pytest.mark.parametrize("mode", MODES)
def test_every_way_to_write_a_target_leaves_them_out(
    source: str, target_db: str, mode: str
) -> None:
    """A target that has keys, triggers and rows already ends with the same rows."""
    copy_database(source, target_db, DROPS, KEYS)
    policy = parse_policy(f"{HEAD}{MODES[mode]}tables: {{{PERSON}}}\n")
    copy_database(source, target_db, policy, KEYS)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}
    assert wrong(source, target_db, policy) == {}


def test_a_parent_without_rows_leaves_none_that_refer_to_it(source: str, target_db: str) -> None:
    """Whatever refers to an empty table goes; a table that says nothing follows."""
    rules = "public.team: {strategy: empty}, public.person: {orphan_rows: drop}"
    policy = parse_policy(f"{HEAD}tables: {{{rules}}}\n")
    copy_database(source, target_db, policy, KEYS)
    assert counts(target_db) == {"person": 0, "visit": 0, "bill": 0}
    assert wrong(source, target_db, policy) == {}


def load_and_finish(source: str, target: str, *, resumes: bool) -> None:
    """One run of a refresh, up to its keys; it breaks off before its publication."""
    claim = Claim(refresh="monday", resumes=resumes, run="second" if resumes else "first")
    with opened(source, target, DROPS, KEYS, claim=claim) as loading:
        copy, from_source = loading.copy, loading.connections.source
        take_over_target(copy, loading.earlier)
        create_target(copy, from_source, loading.earlier)
        list(load_many(loading, copy.plan.tables, lambda _: lambda *_: None))
        finish_target(copy, from_source, loading.earlier)
        if resumes:
            publish_target(copy, loading.connections)


def test_a_run_that_resumes_looks_for_parents_again(source: str, target_db: str) -> None:
    """A row that was left out comes back if the row that it refers to is not an orphan any more."""
    load_and_finish(source, target_db, resumes=False)
    assert counts(target_db) == {"person": 30, "visit": 30, "bill": 30}
    run(source, "UPDATE person SET boss = NULL WHERE id = 32; SELECT pg_stat_force_next_flush()")
    load_and_finish(source, target_db, resumes=True)
    assert counts(target_db) == {"person": 39, "visit": 39, "bill": 39}
    assert wrong(source, target_db, DROPS) == {}
