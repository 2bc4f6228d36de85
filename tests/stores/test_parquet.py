"""Rows become Parquet files that other programs read, in types of their own, and come back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pytest
from builders.catalogs import catalog, table

from privaci_core.stores.parquet import files_of, rows_of
from privaci_core.stores.parquet_types import Field, UnfitError, field_of, merged
from privaci_core.stream.binary_rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


def field(name: str, kind: str, *, modifier: int = -1, is_list: bool = False) -> Field:
    """The field of a column."""
    return Field(name=name, type=kind, kind=kind, is_list=is_list, modifier=modifier)


def rows(*lines: str) -> Rows:
    """Rows as COPY TO STDOUT sends them."""
    octets = [f"{line}\n".encode() for line in lines]
    return Rows(b"".join(octets), np.array([len(each) for each in octets]))


def read_by_all(file: object, tmp_path: Path) -> list[tuple[object, ...]]:
    """The rows that DuckDB reads; polars reads as many."""
    path = tmp_path / "rows.parquet"
    path.write_bytes(bytes(file))  # type: ignore[call-overload]
    found = duckdb.sql(f"SELECT * FROM '{path}'").fetchall()
    assert pl.read_parquet(path).height == len(found)
    return found


def test_other_programs_read_typed_values(tmp_path: Path) -> None:
    """Numbers, dates, times, lists and bytes are values of these kinds for DuckDB."""
    fields = (
        field("id", "int8"),
        field("paid", "numeric", modifier=(10 << 16 | 2) + 4),
        field("born", "date"),
        field("seen", "timestamptz"),
        field("tags", "int4", is_list=True),
        field("picture", "bytea"),
        field("note", "text"),
        field("is_new", "bool"),
    )
    line = (
        "7\t-0.50\t2001-02-03\t2001-02-03 04:05:06.7+00\t{1,NULL}\t\\\\x00ff\ta\\tb\\\\c\tt",
        "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N",
    )
    (file,) = files_of([rows(*line)], fields, "public.person")
    first, second = read_by_all(file, tmp_path)
    assert [str(first[1]), *first[4:]] == ["-0.50", [1, None], b"\x00\xff", "a\tb\\c", True]
    assert (first[0], first[2]) == (7, dt.date(2001, 2, 3))
    assert second == (None,) * 8
    assert b"".join(rows_of(file, fields)).splitlines()[1] == b"," * 7


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("timestamp", "10000-01-01 00:00:00"),
        ("time", "24:00:00"),
        ("int4[]", "{{1},{2}}"),
        ("int4[]", "[0:1]={1,2}"),
        ("numeric", "NaN"),
    ],
)
def test_what_parquet_has_not_is_kept_as_text(kind: str, value: str, tmp_path: Path) -> None:
    """A value outside of Parquet's type makes its column the text that Postgres prints."""
    modifier = (10 << 16 | 2) + 4 if kind == "numeric" else -1
    is_list = kind.endswith("[]")
    fields = (
        field("id", "int4"),
        field("odd", kind.removesuffix("[]"), modifier=modifier, is_list=is_list),
    )
    with pytest.raises(UnfitError) as unfit:
        list(files_of([rows(f"1\t{value}")], fields, "public.odd"))
    assert [each.form for each in unfit.value.fields] == ["typed", "text"]
    assert value not in str(unfit.value)
    (file,) = files_of([rows(f"1\t{value}")], unfit.value.fields, "public.odd")
    assert read_by_all(file, tmp_path) == [(1, value)]


def test_bytes_that_are_no_text_are_kept_as_bytes(tmp_path: Path) -> None:
    """A database without an encoding has values that are no UTF-8."""
    odd = Rows(b"\xff\\\\\\t\n", np.array([6]))
    with pytest.raises(UnfitError) as unfit:
        list(files_of([odd], (field("a", "text"),), "public.odd"))
    (file,) = files_of([odd], unfit.value.fields, "public.odd")
    assert read_by_all(file, tmp_path) == [(b"\xff\\\t",)]
    assert b"".join(rows_of(file, unfit.value.fields)) == b'"\xff\\\t"\n'


def test_a_table_has_one_schema_whatever_its_parts_hold() -> None:
    """Each column takes the form that holds the values of all parts."""
    typed = (field("a", "date"), field("b", "date"))
    first = (
        typed[0],
        Field(name="b", type="date", kind="date", is_list=False, modifier=-1, form="text"),
    )
    assert [each.form for each in merged([typed, first])] == ["typed", "text"]


def test_many_rows_are_cut_into_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and row groups are bounded, and hold the rows in their order."""
    monkeypatch.setattr("privaci_core.stores.parquet.GROUP_BYTES", 100)
    monkeypatch.setattr("privaci_core.stores.parquet.FILE_BYTES", 500)
    fields = (field("a", "int4"),)
    files = list(
        files_of((rows(*map(str, range(at, at + 30))) for at in range(0, 900, 30)), fields, "t")
    )
    assert len(files) > 1
    lines = b"".join(part for file in files for part in rows_of(file, fields)).split()
    assert [int(line) for line in lines] == list(range(900))


def test_a_field_is_named_by_the_columns_type() -> None:
    """An array is the list of its elements, and a limited number has its digits."""
    columns = catalog(table("public.t", "id int4", "tags int4[]")).columns[1]
    kinds = [(each.kind, each.is_list) for each in map(field_of, columns)]
    assert kinds == [("int4", False), ("int4", True)]
