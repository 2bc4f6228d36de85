"""Whole databases copied between real servers, judged by dumps and checksums."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import Databases, cloned, name_of
from substrate.judge import checksums, differences

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of
from privaci_core.demo import POLICY, fill
from privaci_core.demo.answer_key import answer_key
from privaci_core.masks import Keys
from privaci_core.policy import Policy, load_policy, parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from privaci_core.loading.copy import Report

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
TYPES = Path(__file__).with_name("types.sql").read_text(encoding="utf-8")


def copy_unmasked(
    source: str, target: str, policy: str = 'version: "1.0"\nauto_detect: false'
) -> Report:
    """Copy with a policy that masks nothing unless the test says otherwise."""
    return copy_database(source, target, parse_policy(policy), KEYS)


def masked_columns(policy: Policy, dsn: str) -> frozenset[str]:
    """The columns that the policy's rules mask, and generated columns that read them."""
    rules = {f"{table}.{column}" for table, column, _ in policy.rules()}
    generated = {"public.app_user.email_domain", "clinical.patient.full_name"}
    return frozenset(
        name for name in checksums(dsn) if name in rules | generated or _of_partition(name) in rules
    )


def _of_partition(name: str) -> str:
    schema, table, column = name.split(".")
    root = next(
        (root for root in ("ticket_message", "event") if table.startswith(root + "_")), table
    )
    return f"{schema}.{root}.{column}"


def types_of(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    """The table of every type; the wheel's server is built without XML."""
    try:
        connection.execute("SELECT xmlparse(content '')")
    except psycopg.errors.FeatureNotSupported:
        return TYPES.replace("{xml_1}", "NULL").replace("{xml_2}", "NULL")
    return TYPES.replace("{xml_1}", "'<a>&lt;</a>'").replace("{xml_2}", "''")


def test_the_company_is_copied_whole(every_server: Databases) -> None:
    """On every version, an unmasked copy has the same schema and rows, and no mark of ours."""
    company = every_server.template("company", lambda dsn: fill(dsn, "mini"))
    with cloned(every_server, company) as source, cloned(every_server) as target:
        report = copy_unmasked(source, target)
        assert differences(source, target) == []
        assert report.tables["clinical.patient"].rows == 100
        assert report.notes == ()


def test_every_type_arrives_bit_for_bit(every_server: Databases) -> None:
    """Extreme values of every type are the same in the target, whatever a database sets."""
    with cloned(every_server) as source, cloned(every_server) as target:
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute(types_of(connection))
            for setting in (
                "DateStyle TO 'SQL, DMY'",
                "bytea_output TO 'escape'",
                "extra_float_digits TO -5",
            ):
                connection.execute(f"ALTER DATABASE {name_of(source)} SET {setting}")
        copy_unmasked(source, target)
        assert [found for found in differences(source, target) if "DATABASE" not in found] == []


def test_personal_values_are_gone(company_db: str, target_db: str) -> None:
    """A masked column has none of its originals; everything else is the same."""
    policy = load_policy(POLICY)
    copy_database(company_db, target_db, policy, KEYS)
    assert differences(company_db, target_db, masked=masked_columns(policy, company_db)) == []
    ruled = {(table, column): rule.action for table, column, rule in policy.rules()}
    with psycopg.connect(company_db) as source, psycopg.connect(target_db) as target:
        for personal in answer_key():
            if (personal.table, personal.column) not in ruled:
                continue
            query = (
                f"SELECT DISTINCT {personal.column}::text"
                f" FROM {personal.table} WHERE {personal.column}::text <> ''"
            )
            before = {row[0] for row in source.execute(query)}
            after = {row[0] for row in target.execute(query)}
            assert not before & after, f"{personal.table}.{personal.column} holds originals"


def test_a_copy_is_the_same_twice(company_db: str, databases: Databases) -> None:
    """The same salt gives the same copy in another database."""
    with cloned(databases) as first, cloned(databases) as second:
        for target in (first, second):
            copy_database(company_db, target, load_policy(POLICY), KEYS)
        assert differences(first, second) == []


def test_another_salt_changes_every_fake(company_db: str, databases: Databases) -> None:
    """Nothing of a copy under one salt is found in the same column under another."""
    with cloned(databases) as first, cloned(databases) as second:
        copy_database(company_db, first, load_policy(POLICY), KEYS)
        copy_database(
            company_db,
            second,
            load_policy(POLICY),
            Keys.of(b"another salt of the test suite, as long"),
        )
        with psycopg.connect(first) as one, psycopg.connect(second) as other:
            query = "SELECT email::text FROM public.app_user"
            assert not {*one.execute(query)} & {*other.execute(query)}


def test_a_mask_follows_its_key(source_db: str, target_db: str) -> None:
    """Columns that refer to a masked one are masked alike, also in composite and cyclic keys."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(
            """
            CREATE TABLE a (
                code text, part text, boss text, PRIMARY KEY (code, part), UNIQUE (code));
            ALTER TABLE a ADD FOREIGN KEY (boss) REFERENCES a (code);
            CREATE TABLE b (
                a_code varchar(64), a_part varchar(64), n int,
                FOREIGN KEY (a_code, a_part) REFERENCES a);
            INSERT INTO a VALUES ('c1', 'p1', 'c2'), ('c2', 'p2', 'c1'), ('c3', 'p3', NULL);
            INSERT INTO b VALUES ('c1', 'p1', 1), ('c3', 'p3', 3), (NULL, NULL, 0);
            """
        )
    copy_unmasked(
        source_db,
        target_db,
        """
        version: "1.0"
        tables:
          public.a: {columns: {code: {action: hash}}}
        """,
    )
    with psycopg.connect(target_db) as target:
        rows = target.execute(
            "SELECT n, part, code FROM b JOIN a ON code = a_code AND part = a_part ORDER BY n"
        ).fetchall()
        assert [row[:2] for row in rows] == [(1, "p1"), (3, "p3")]
        assert not {row[2] for row in rows} & {"c1", "c2", "c3"}
        assert target.execute(
            "SELECT count(*) FROM a JOIN a AS boss ON boss.code = a.boss"
        ).fetchone() == (2,)


def test_strategies_skip_rows(company_db: str, target_db: str) -> None:
    """An empty table is created without rows, and `where` copies only what it selects."""
    copy_unmasked(
        company_db,
        target_db,
        """
        version: "1.0"
        tables:
          public.import_log: {strategy: empty}
          auth.login_attempt: {where: succeeded}
        """,
    )
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM public.import_log").fetchone() == (0,)
        assert target.execute(
            "SELECT bool_and(succeeded), count(*) > 0 FROM auth.login_attempt"
        ).fetchone() == (
            True,
            True,
        )


def test_a_table_whose_rows_are_not_copied_is_named(source_db: str, target_db: str) -> None:
    """A foreign table is created; notes and lock file say that its rows are not copied."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE FOREIGN DATA WRAPPER other")
        connection.execute("CREATE SERVER away FOREIGN DATA WRAPPER other")
        connection.execute("CREATE FOREIGN TABLE elsewhere (id int) SERVER away")
    said = "FOREIGN TABLE public.elsewhere: its rows are another server's, and are not copied"
    assert said in copy_unmasked(source_db, target_db).notes
    with source_session(source_db) as source:
        assert lock_of(read_catalog(source)).unhandled == (said,)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('public.elsewhere') IS NOT NULL").fetchone() == (
            True,
        )
