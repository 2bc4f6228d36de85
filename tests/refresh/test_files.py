"""The masked rows are written to files beside the target, and count once it is published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import psycopg
import pyarrow.parquet as pq
import pytest
from substrate.databases import Databases, cloned, run

from privaci_core.catalog.catalog import read_catalog
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.parquet import rows_of
from privaci_core.stores.parquet_types import field_of

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
TYPES = Path(__file__).with_name("types.sql").read_text(encoding="utf-8")
PEOPLE = """
CREATE TABLE person (
    id int PRIMARY KEY, name text, email text, paid numeric(12, 2), seen timestamptz, extra jsonb,
    is_new bool, tags int[], "odd ""name" text);
INSERT INTO person SELECT
    number, 'Original ' || number, 'original' || number || '@example.test', number * 1.10,
    timestamptz '2026-01-31 12:00:00+00' + number * interval '20 days',
    jsonb_build_object('n', number), number % 2 = 0, ARRAY[number, NULL],
    CASE number WHEN 1 THEN '' WHEN 2 THEN NULL ELSE E'a"b\\\\c,\\n\\t' || number END
FROM generate_series(1, 3) AS number;
CREATE TABLE empty (id int);
CREATE TABLE numbered ();
INSERT INTO numbered DEFAULT VALUES;
"""
MASKS = """\
tables:
  public.person:
    columns:
      name: { action: fake, provider: full_name }
      email: { action: hash }
"""


def policy_for(folder: Path, form: str = "parquet", more: str = "", rest: str = MASKS) -> Any:
    """A policy that asks for files."""
    sink = f"sink: {{ format: {form}, url: 'file://{folder}'{more} }}\n"
    return parse_policy(f'version: "1.0"\nauto_detect: false\n{sink}{rest}')


def manifest_in(folder: Path) -> Mapping[str, Any]:
    """What the newest manifest says."""
    pointer = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = json.loads((folder / pointer["manifest"]).read_text(encoding="utf-8"))
    return found


def files_of(folder: Path, table: str) -> list[Path]:
    """The files of a table that the newest manifest names."""
    manifest = manifest_in(folder)
    (found,) = [each for each in manifest["tables"] if each["table"] == table]
    return [folder / manifest["refresh"] / file["name"] for file in found["files"]]


def rows_in(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_parquet_holds_the_rows_of_the_target(databases: Databases, tmp_path: Path) -> None:
    """Each column has its own type, says what masked it, and holds what the target holds."""
    with cloned(databases) as source, cloned(databases) as target:
        run(source, PEOPLE)
        copy_database(source, target, policy_for(tmp_path), KEYS)
        (file,) = files_of(tmp_path, "public.person")
        wanted = rows_in(target, "SELECT id, name, email, paid, seen, is_new, tags FROM person")
        found = duckdb.sql(f"SELECT id, name, email, paid, seen, is_new, tags FROM '{file}'")
        assert sorted(found.fetchall()) == sorted(wanted)
        assert pl.read_parquet(file).columns[:2] == ["id", "name"]
        fields = {each.name: each.metadata for each in pq.read_schema(file)}
        assert fields["name"][b"privaci.mask"] == b"fake full_name"
        assert fields["paid"][b"privaci.mask"] == b"none"
        assert fields["paid"][b"privaci.type"] == b"numeric(12,2)"
        (nothing,) = files_of(tmp_path, "public.empty")
        assert pl.read_parquet(nothing).shape == (0, 1)
        assert files_of(tmp_path, "public.numbered") == []
        assert [each["rows"] for each in manifest_in(tmp_path)["tables"]] == [0, 1, 3]
        assert "riginal" not in str(duckdb.sql(f"SELECT * FROM '{file}'").fetchall())


def test_json_lines_hold_numbers_and_documents_as_they_are(
    databases: Databases, tmp_path: Path
) -> None:
    """Each line is an object: numbers exact, documents embedded, NULL apart from an empty text."""
    with cloned(databases) as source, cloned(databases) as target:
        run(source, PEOPLE)
        copy_database(source, target, policy_for(tmp_path, "jsonl"), KEYS)
        (file,) = files_of(tmp_path, "public.person")
        lines = file.read_text(encoding="utf-8").splitlines()
        assert '"paid":1.10,' in lines[0]
        first, second, third = (json.loads(line) for line in lines)
        assert (first["extra"], first["is_new"], first["tags"]) == ({"n": 1}, False, [1, None])
        odd = [each['odd "name'] for each in (first, second, third)]
        assert odd == ["", None, 'a"b\\c,\n\t3']
        wanted = rows_in(target, "SELECT name, email FROM person ORDER BY id")
        assert [(each["name"], each["email"]) for each in (first, second, third)] == wanted
        assert "riginal" not in "".join(lines)
        assert duckdb.read_json(str(file)).fetchall()[0][0] == 1
        assert pl.read_ndjson(file).height == 3


def test_csv_tells_an_empty_text_from_null(databases: Databases, tmp_path: Path) -> None:
    """NULL is nothing, an empty text is a pair of quotes; DuckDB and polars read both."""
    with cloned(databases) as source, cloned(databases) as target:
        run(source, PEOPLE)
        copy_database(source, target, policy_for(tmp_path, "csv"), KEYS)
        (file,) = files_of(tmp_path, "public.person")
        wanted = rows_in(target, 'SELECT id, name, paid, is_new, "odd ""name" FROM person')
        columns = 'id, name, paid::decimal(12, 2), is_new, "odd ""name"'
        read = f"SELECT {columns} FROM read_csv('{file}', allow_quoted_nulls = false)"
        assert sorted(duckdb.sql(read).fetchall()) == sorted(wanted)
        found = pl.read_csv(file)[:, -1]
        assert found.to_list() == ["", None, 'a"b\\c,\n\t3']
        assert "riginal" not in file.read_text(encoding="utf-8")
        (nothing,) = files_of(tmp_path, "public.empty")
        assert nothing.read_text(encoding="utf-8") == '"id"\n'


def test_every_type_is_in_the_files(databases: Databases, tmp_path: Path) -> None:
    """Extreme values of every type are there, in a type of their own or as Postgres prints them."""
    types = TYPES.replace("{xml_1}", "NULL").replace("{xml_2}", "NULL")
    with cloned(databases) as source, cloned(databases) as target:
        run(source, types)
        for form in ("parquet", "jsonl", "csv"):
            policy = policy_for(tmp_path / form, form, rest="on_existing_data: drop_create\n")
            copy_database(source, target, policy, KEYS)
        counted = rows_in(target, "SELECT count(*) FROM everything")
        (parquet,) = files_of(tmp_path / "parquet", "public.everything")
        assert duckdb.sql(f"SELECT count(*) FROM '{parquet}'").fetchall() == counted
        printed = _texts_in(target, "everything")
        assert _back_in(target, parquet) == printed
        (lines,) = files_of(tmp_path / "jsonl", "public.everything")
        objects = map(json.loads, lines.read_text(encoding="utf-8").splitlines())
        assert [set(each) for each in objects] == [set(each) for each in printed]
        (table,) = files_of(tmp_path / "csv", "public.everything")
        found = pl.read_csv(table, infer_schema=False).rows(named=True)
        for row, wanted in zip(found, printed, strict=True):
            for name, value in wanted.items():
                spelled = {"t": "true", "f": "false"}.get(value or "", value)
                assert row[name] in {value, spelled}, name


def _back_in(dsn: str, file: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file, loaded into a table as a baseline is, as COPY prints them."""
    with source_session(dsn) as session:
        columns = read_catalog(session).columns
    (of_table,) = columns.values()
    schema = pq.read_schema(file)
    forms = [schema.field(column.name).metadata[b"privaci.form"].decode() for column in of_table]
    fields = [
        replace(field_of(column), form=form) for column, form in zip(of_table, forms, strict=True)
    ]
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE again (LIKE everything)")
        with connection.cursor().copy("COPY again FROM STDIN (FORMAT csv)") as copy:
            for piece in rows_of(file.read_bytes(), fields):
                copy.write(piece)
    return _texts_in(dsn, "again")


def _texts_in(dsn: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table as COPY prints them."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET search_path = ''; SET TimeZone = 'UTC'")
        with connection.cursor().copy(f"COPY public.{table} TO STDOUT".encode()) as copy:
            rows = list(copy.rows())
        of = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        of += " AND NOT attisdropped ORDER BY attnum"
        names = [name for (name,) in connection.execute(of.encode(), [f"public.{table}"])]
    return [dict(zip(names, row, strict=True)) for row in rows]
