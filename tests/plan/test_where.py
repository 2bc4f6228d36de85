"""Predicates on a real source: what they call, what they mean by now, and no way out of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import PolicyError
from privaci_core.plan.where_moment import at_moment, speaks_of_now
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.policy.where import check_where
from privaci_core.policy.where_tokens import WhereError
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot, moment_of
from privaci_core.refresh.open import plan_of

if TYPE_CHECKING:
    from privaci_core.plan.plan import Plan

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
TABLES = """
CREATE SCHEMA other;
CREATE TABLE t (id int PRIMARY KEY, name text, at timestamptz DEFAULT now());
INSERT INTO t SELECT n, 'name' || n FROM generate_series(1, 20) AS n;
CREATE FUNCTION stays(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION writes(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION other.both(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION other.both(text) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT 1';
CREATE OPERATOR other.<< (FUNCTION = other.both, RIGHTARG = text);
"""


@pytest.fixture
def source(source_db: str) -> str:
    """A table, and functions of every kind."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return source_db


def planned(dsn: str, predicate: str) -> Plan:
    """The plan of a policy with this predicate."""
    policy = parse_policy('version: "1.0"\nauto_detect: false\ntables: {public.t: {}}\n')
    rule = policy.tables["public.t"].model_copy(update={"where": predicate})
    policy = policy.model_copy(update={"tables": {"public.t": rule}})
    with source_session(dsn) as session:
        return plan_of(session, read_catalog(session), policy)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("predicate", "why"),
    [
        ("public.writes(id) = 1", "calls public.writes, which is volatile"),
        ("other.both(id) = 1", "calls other.both, which is volatile"),
        ("OPERATOR(other.<<) name = 1", "calls other.<<, which is volatile"),
        ("stays(id) = 1", "calls stays, which the source does not have"),
        ("pg_catalog.pg_sleep(1) IS NULL", "calls pg_catalog.pg_sleep, which is volatile"),
        ("pg_backend_pid() = 1", "calls pg_backend_pid, which is volatile"),
        ("pg_stat_get_activity(1) IS NULL", "calls pg_stat_get_activity, which is volatile"),
        ("name", "no boolean expression over the table"),
        ("nobody = 'Olga Unseen'", "no boolean expression over the table"),
        ("id = 'Olga Unseen'", "no boolean expression over the table"),
        ("and and", "no boolean expression over the table"),
    ],
)
def test_the_catalog_decides_what_a_predicate_may_call(
    source: str, predicate: str, why: str
) -> None:
    """A volatile or unknown function is a finding, as is what the server cannot read."""
    with pytest.raises(PolicyError) as refused:
        planned(source, predicate)
    assert why in str(refused.value)
    assert 'tables."public.t".where' in str(refused.value)
    assert "Olga" not in str(refused.value)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "predicate",
    [
        "public.stays(id) < 5",
        "lower(name) LIKE 'name1%' AND length(name) > 2",
        "id IN (SELECT max(o.id) FROM public.t AS o GROUP BY o.name)",
        "at > now() - interval '90 days' -- recent\n",
        "date_trunc('day', at) = date_trunc('day', current_timestamp)",
        "at::date = CURRENT_DATE AND localtimestamp(0) > '2020-01-01' AND current_time IS NOT NULL",
    ],
)
def test_what_is_stable_is_planned(source: str, predicate: str) -> None:
    """Functions of Postgres and of the user that give every reader the same."""
    (table,) = planned(source, predicate).tables
    assert table.where == predicate
    with psycopg.connect(source) as session:
        asked = sql.SQL("SELECT count(*) FROM public.t WHERE {}").format(table.condition)
        assert session.execute(asked).fetchone() is not None


@pytest.mark.postgres
def test_every_session_reads_the_same_moment(source: str) -> None:
    """The moment of the snapshot, in the text that each reader, count and check gets."""
    first = planned(source, "at <= now() AND at < statement_timestamp()").tables[0].predicate
    assert first is not None
    assert "now" not in first
    assert "statement_timestamp" not in first
    second = planned(source, "at <= now() AND at < statement_timestamp()").tables[0].predicate
    assert first != second


@pytest.mark.postgres
def test_all_who_import_a_snapshot_mean_its_moment(source: str) -> None:
    """Steps that run in other processes, at other times, read one moment."""
    with source_session(source) as holder:
        snapshot = export_snapshot(holder)
        own = moment_of(holder)
        with source_session(source, snapshot) as reader:
            reader.execute("SELECT pg_sleep(0.01)")
            assert moment_of(reader, snapshot) == own == moment_of(holder, snapshot)
            assert moment_of(reader) != own


@pytest.mark.unit
def test_each_word_for_the_present_gets_the_moment_in_its_type() -> None:
    """Columns and functions of such names stay, and so do texts and comments."""
    written = {
        "pg_catalog . now ( )": "('2026-03-04 05:06:07.000089+00'::pg_catalog.timestamptz)",
        "Current_Timestamp(3)": "('2026-03-04 05:06:07.000089+00'::pg_catalog.timestamptz(3))",
        "localtimestamp": "('2026-03-04 05:06:07.000089'::pg_catalog.timestamp)",
        "current_date": "('2026-03-04'::pg_catalog.date)",
        "current_time": "('05:06:07.000089+00'::pg_catalog.timetz)",
        "localtime (0)": "('05:06:07.000089'::pg_catalog.time(0))",
    }
    for spoken, literal in written.items():
        assert at_moment(f"a > {spoken} - b", MOMENT) == f"a > {literal} - b"
    for silent in (
        "now > 1",
        "t.current_date = 1",
        "public.now() > a",
        "now(1) > a",
        "a = 'now()' /* now() */",
        '"current_date" = 1',
    ):
        assert not speaks_of_now(silent)
        assert at_moment(silent, MOMENT) == silent


# What a way out would be made of.
WORDS = (
    "true false id name 1 2.5 = < - | and or not select union in $ [ ] . now() limit into e n & # @"
    " ! as null is values ( ) ' \" $$ $a$ -- /* */ ; , \\ E' U&' :: '' 'x' from t where for update"
)
PIECES = st.sampled_from([*WORDS.split(), "\n", " "])
JUNK = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=12).map(" ".join),
    st.text(alphabet="()'\"$-/*;,\\eE&uU n1at=\n\r\t[].x", max_size=24),
)


@pytest.mark.postgres
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JUNK)
def test_nothing_accepted_leaves_its_brackets(source: str, predicate: str) -> None:
    """Postgres either refuses the accepted text as a whole, or reads exactly one expression.

    A filter that nothing passes stays one, a COPY copies nothing, and its target is not changed.
    """
    try:
        check_where(predicate)
    except WhereError:
        return
    inside = sql.SQL(f"({at_moment(predicate, MOMENT)})")
    select = sql.SQL("SELECT 4711 FROM public.t WHERE false AND {}").format(inside)
    copied = sql.SQL("COPY ({}) TO STDOUT").format(select)
    alone = sql.SQL("PREPARE one AS SELECT {} FROM public.t LIMIT 0").format(inside)
    with psycopg.connect(source) as session:
        try:
            assert session.execute(select).fetchall() == []
            with session.cursor().copy(copied) as rows:
                assert list(rows) == []
            session.execute(alone)
        except psycopg.Error:
            return
        shape = session.execute(
            "SELECT cardinality(result_types) FROM pg_prepared_statements"
            if session.info.server_version >= 160000
            else "SELECT 1"
        ).fetchall()
        assert shape == [(1,)]


MANY = 120


def many_planned(dsn: str, predicates: dict[int, str]) -> Plan:
    """The plan of many tables that each have a predicate; some have one of their own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in range(MANY):
            connection.execute(f"CREATE TABLE m{number} (id int, at timestamptz)".encode())
    rules = "".join(
        f'  public.m{number}: {{where: "{predicates.get(number, "id > 3 AND at < now()")}"}}\n'
        for number in range(MANY)
    )
    policy = parse_policy(f'version: "1.0"\nauto_detect: false\ntables:\n{rules}')
    with source_session(dsn) as session:
        return plan_of(session, read_catalog(session), policy)


@pytest.mark.postgres
def test_predicates_of_many_tables_are_asked_about_together(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they call is asked once, and a hundred of them are planned by one statement."""
    asked: list[object] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: object, query: object, *rest: object, **more: object) -> object:
        asked.append(query)
        return execute(cursor, query, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    plan = many_planned(source_db, {})
    assert sum(bool(table.where) for table in plan.tables) == MANY
    assert len(asked) - MANY < 40


@pytest.mark.postgres
def test_each_of_many_predicates_that_is_refused_is_named(source_db: str) -> None:
    """Those that cannot be read, and one that calls what is not there, in the order of names."""
    wrong = {5: "id", 70: "public.gone(id) > 3", 110: "nothing > 3"}
    with pytest.raises(FindingsError) as error:
        many_planned(source_db, wrong)
    found = [finding.path for finding in error.value.findings]
    assert found == [f'tables."public.m{number}".where' for number in (110, 5, 70)]
