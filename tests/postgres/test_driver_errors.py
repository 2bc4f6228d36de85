"""What is told of a server's errors: names from its catalog, never what a function wrote."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import LOOK, LOST, driver_errors

pytestmark = pytest.mark.postgres

VALUE = "Olga Unseen"
RAISING = f"""
DO $$ BEGIN RAISE EXCEPTION '{VALUE}' USING
    ERRCODE = '{{code}}', DETAIL = '{VALUE}', HINT = '{VALUE}', TABLE = '{VALUE}',
    SCHEMA = '{VALUE}', COLUMN = '{VALUE}', CONSTRAINT = '{VALUE}', DATATYPE = '{VALUE}';
END $$
"""
TABLE = """
CREATE DOMAIN word AS text CHECK (value <> 'Olga Unseen');
CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL CONSTRAINT short CHECK (length(name) < 5));
CREATE TABLE child (id int CONSTRAINT parent REFERENCES t);
INSERT INTO t VALUES (1, 'one');
"""


def told(dsn: str, statement: str) -> str:
    """The cause that a failed statement leaves."""
    with psycopg.connect(dsn) as connection:
        connection.execute(TABLE)
        with pytest.raises(CopyError) as failed, driver_errors("Copying"):
            connection.execute(statement)  # type: ignore[call-overload]
    assert VALUE not in str(failed.value)
    return failed.value.cause


def test_names_that_a_function_wrote_are_not_told(target_db: str) -> None:
    """RAISE can set table, column, constraint and type to the value of a cell."""
    assert told(target_db, RAISING.format(code="23505")) == "UniqueViolation (SQLSTATE 23505)"


def test_a_code_that_a_function_made_up_is_not_told(target_db: str) -> None:
    """Five characters can be a value too."""
    assert "90210" not in told(target_db, RAISING.format(code="90210"))


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        (
            "INSERT INTO t VALUES (1, 'two')",
            "UniqueViolation (SQLSTATE 23505) at schema public, table t, constraint t_pkey",
        ),
        (
            "INSERT INTO t VALUES (2, 'Olga Unseen')",
            "CheckViolation (SQLSTATE 23514) at schema public, table t, constraint short",
        ),
        (
            "INSERT INTO t VALUES (2, NULL)",
            "NotNullViolation (SQLSTATE 23502) at schema public, table t, column name",
        ),
        (
            "INSERT INTO child VALUES (9)",
            "ForeignKeyViolation (SQLSTATE 23503) at schema public, table child, constraint parent",
        ),
        (
            "SELECT 'Olga Unseen'::word",
            (
                "CheckViolation (SQLSTATE 23514) at schema public, constraint word_check,"
                " datatype word"
            ),
        ),
        (
            "ALTER TABLE t ADD CHECK (id > 1)",
            "CheckViolation (SQLSTATE 23514) at schema public, table t, constraint t_id_check",
        ),
        (
            "CREATE UNIQUE INDEX twice ON t ((1))",
            None,
        ),
    ],
)
def test_names_from_the_catalog_are_told(target_db: str, statement: str, cause: str | None) -> None:
    """What the server itself reports says where to look."""
    if cause is None:
        statement = f"INSERT INTO t VALUES (3, 'x'); {statement}"
        cause = "UniqueViolation (SQLSTATE 23505) at schema public, table t, constraint twice"
    assert told(target_db, statement) == cause


def advice(dsn: str, statement: str, own: str = "") -> str:
    """The remedy that a failed statement leaves."""
    with (
        psycopg.connect(dsn) as connection,
        pytest.raises(CopyError) as failed,
        driver_errors("Copying", own),
    ):
        connection.execute(statement)  # type: ignore[call-overload]
    return failed.value.remediation


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("25006", "read-only"),
        ("40P01", "locks the same tables"),
        ("42501", "Grant"),
        ("53100", "disk"),
        ("53200", "memory"),
        ("53300", "max_connections"),
        ("55P03", "holds a lock"),
        ("57014", "cancelled"),
        ("57P01", "when it is back"),
        ("57P02", "crashed"),
        ("57P03", "starting or stopping"),
    ],
)
def test_a_known_kind_says_what_to_do(target_db: str, code: str, word: str) -> None:
    """Whatever the step that met it, and without a value."""
    remedy = advice(target_db, RAISING.format(code=code))
    assert word in remedy
    assert VALUE not in remedy


def test_a_step_knows_better_than_what_is_general(target_db: str) -> None:
    """Its own advice for a lacking privilege stays; a full disk is the same for every step."""
    assert advice(target_db, RAISING.format(code="42501"), "Become it.") == "Become it."
    assert advice(target_db, RAISING.format(code="53100"), "Become it.") != "Become it."
    assert advice(target_db, RAISING.format(code="P0001")) == LOOK


def test_a_lost_connection_says_so(target_db: str) -> None:
    """The driver reports it without a code."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        with psycopg.connect(target_db, autocommit=True) as other:
            pid = connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        for _ in range(2):
            with pytest.raises(CopyError) as failed, driver_errors("Copying"):
                connection.execute("SELECT 1")
    assert failed.value.remediation == LOST
    assert failed.value.cause == "the connection to the server was lost"
    assert "`privaci resume`" in LOST
