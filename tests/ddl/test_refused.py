"""An object that cannot be made is named with its kind, its SQLSTATE and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import Error, OperationalError, errors

from privaci_core.ddl.create import create_objects
from privaci_core.ddl.dump import Entry
from privaci_core.ddl.refused import refused, remedy_for
from privaci_core.errors import CopyError
from privaci_core.postgres.session import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

VALUE = "Olga Unseen"
BEFORE = """
CREATE TABLE "order lines" (id int, body text);
INSERT INTO "order lines" VALUES (1, 'Olga Unseen'), (1, 'Olga Unseen');
CREATE FUNCTION failing(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%', $1 USING DETAIL = $1, HINT = $1, TABLE = $1; END $$;
"""
# Each with its kind, its name, the statement, the code, and a word of what to do.
REFUSED = [
    ("EXTENSION", "no such", 'CREATE EXTENSION "no such"', "", 'Install the extension "no such"'),
    (
        "FUNCTION",
        "f g(integer)",
        """CREATE FUNCTION public."f g"(int) RETURNS int LANGUAGE plrust AS 'x'""",
        "42704",
        "language",
    ),
    (
        "FUNCTION",
        "f(integer)",
        "CREATE FUNCTION public.f(int) RETURNS int LANGUAGE c AS '$libdir/absent', 'f'",
        "58P01",
        "library",
    ),
    (
        "POLICY",
        "order lines my rows",
        'CREATE POLICY "my rows" ON public."order lines" TO "no one"',
        "42704",
        "roles",
    ),
    (
        "COLLATION",
        "Absent",
        """CREATE COLLATION public."Absent" (locale = 'xx_YY.utf8')""",
        "22023",
        "locale",
    ),
    (
        "TABLE",
        "zwei.drei",
        "SET default_table_access_method = absent; CREATE TABLE public.t (id int)",
        "22023",
        "access method",
    ),
    (
        "TABLE",
        "über",
        'CREATE TABLE public."über" (v public.no_such_type)',
        "42704",
        "lacks something",
    ),
    (
        "INDEX",
        "zwei.drei",
        'CREATE UNIQUE INDEX "zwei.drei" ON public."order lines" (id)',
        "23505",
        "Rows of the copy break it",
    ),
    (
        "INDEX",
        "by words",
        'CREATE INDEX "by words" ON public."order lines" (public.failing(body))',
        "P0001",
        "Compare",
    ),
    ("TABLE", "order lines", 'CREATE TABLE public."order lines" (id int)', "42P07", "drop it"),
]


@pytest.fixture
def target(target_db: str) -> Iterator[Connection]:
    """A session that writes to a target with a table and a function that fails."""
    connection = connect(target_db)
    connection.autocommit = True
    connection.execute("SET search_path = public")
    connection.execute(BEFORE)
    yield connection
    connection.close()


@pytest.mark.postgres
@pytest.mark.parametrize(("kind", "name", "ddl", "code", "word"), REFUSED)
def test_an_object_that_cannot_be_made(
    target: Connection, kind: str, name: str, ddl: str, code: str, word: str
) -> None:
    """Its name is quoted as Postgres would, and no value of a row is told."""
    schema = "-" if kind == "EXTENSION" else "public"
    entry = Entry(id=1, kind=kind, schema=schema, name=name, owner="app", needs=(), sql=f"{ddl};")
    with pytest.raises(CopyError) as failed:
        create_objects(target, [entry])
    error = failed.value
    assert error.context == f"Creating {entry} on the target"
    assert code in error.cause
    assert word in error.remediation
    assert VALUE not in str(error)


NAMED = [
    ("TABLE", "order lines", "", 'TABLE public."order lines"'),
    ("TABLE", "visit", "", "TABLE public.visit"),
    ("VIEW", 'a"b', "", 'VIEW public."a""b"'),
    ("TABLE", "line\nbreak", "", 'TABLE public.U&"line\\000Abreak"'),
    ("TABLE", "back\\slash\t", "", 'TABLE public.U&"back\\\\slash\\0009"'),
    ("TABLE", "turn\u202eed", "", 'TABLE public.U&"turn\\202Eed"'),
    ("TABLE", "שלום 🙂", "", 'TABLE public."שלום 🙂"'),
    ("FUNCTION", "F x(integer, text)", "", 'FUNCTION public."F x"(integer, text)'),
    ("TRIGGER", "visit tr", "", "TRIGGER public.visit tr"),
    (
        "FK CONSTRAINT",
        "order lines of order",
        'ALTER TABLE ONLY public."order lines" ADD CONSTRAINT "of order" FOREIGN KEY',
        'FK CONSTRAINT public."order lines" "of order"',
    ),
    ("COMMENT", 'TABLE "order lines"', "", 'COMMENT public.TABLE "order lines"'),
]


@pytest.mark.unit
@pytest.mark.parametrize(("kind", "name", "ddl", "named"), NAMED)
def test_an_entry_is_named_as_postgres_writes_it(
    kind: str, name: str, ddl: str, named: str
) -> None:
    """In one line, without characters that move the cursor or turn the text."""
    entry = Entry(id=1, kind=kind, schema="public", name=name, owner="", needs=(), sql=ddl)
    assert str(entry) == named


@pytest.mark.unit
@pytest.mark.parametrize(
    ("kind", "code", "word"),
    [
        ("FUNCTION", "42501", "untrusted"),
        ("EXTENSION", "42501", "superuser"),
        ("EVENT TRIGGER", "42501", "superuser"),
        ("PUBLICATION", "42501", "--no-publications"),
        ("TABLE", "42501", "roles.md"),
        ("VIEW", "42601", "older"),
        ("INDEX", "54000", "too long"),
        ("INDEX", "XX000", "Compare"),
    ],
)
def test_what_to_do_depends_on_the_kind_and_the_code(kind: str, code: str, word: str) -> None:
    """A lacking privilege is another matter for each kind."""
    assert word in remedy_for(kind, code)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("error", "word"),
    [
        (errors.CharacterNotInRepertoire(VALUE), "ENCODING"),
        (errors.DiskFull(VALUE), "Make room"),
        (errors.AdminShutdown(VALUE), "when it is back"),
        (OperationalError(VALUE), "connection broke"),
    ],
)
def test_no_object_is_to_blame_for_the_servers_own_trouble(error: Error, word: str) -> None:
    """A full disk, a stopped server and a broken connection say more than the kind."""
    entry = Entry(id=1, kind="EXTENSION", schema="-", name="x", owner="", needs=(), sql="")
    told = refused(entry, error)
    assert word in told.remediation
    assert VALUE not in str(told)
