"""Rows in the text of COPY become files of each format, cut by size, folder and form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from privaci_core.errors import CopyError, PreflightError
from privaci_core.policy.sink import Folders, Sink
from privaci_core.stores.parquet_types import Field
from privaci_core.stores.row_files import RowFile, RowFiles
from privaci_core.stores.sink import FileSink, FileTable

pytestmark = pytest.mark.unit


def field(name: str, kind: str, *, is_list: bool = False) -> Field:
    """The field of a column."""
    return Field(name=name, type=kind, kind=kind, is_list=is_list, modifier=-1)


ID, NOTE, DAY = field("id", "int4"), field("note", "text"), field("day", "date")


def written(
    folder: Path, form: str, fields: tuple[Field, ...], *pieces: bytes, folders: Any = None
) -> tuple[RowFile, ...]:
    """The files of some rows, whose columns are sent in another order than the table's."""
    url = f"file://{folder}"
    table = FileTable(
        name="public.t",
        root="public.t",
        fields=fields,
        order=tuple(sorted(each.name for each in fields)),
        masks={"note": "redact"},
        folders=folders,
    )
    sink = FileSink(
        sink=Sink(format=form, url=url),  # type: ignore[arg-type]
        refresh="r",
        tables={"public.t": table},
        environ={},
    )
    files = RowFiles(sink=sink, store=sink.store(), table=table)
    assert list(files.passing(pieces)) == list(pieces)
    return files.finish()


@pytest.mark.parametrize("form", ["parquet", "jsonl", "csv"])
def test_columns_have_the_tables_order(form: str, tmp_path: Path) -> None:
    """Whatever the order in which they are sent, and each program reads them."""
    (file,) = written(tmp_path, form, (NOTE, ID), b"a\\tb\t1\n", b"\\N\t2\n")
    path = tmp_path / "r" / file.name
    found = duckdb.sql(f"SELECT * FROM '{path}'")
    assert (found.columns, found.fetchall()) == (["id", "note"], [(1, "a\tb"), (2, None)])
    assert (file.rows, file.bytes) == (2, path.stat().st_size)


@pytest.mark.parametrize("form", ["parquet", "jsonl", "csv"])
def test_a_table_without_rows_is_a_file(form: str, tmp_path: Path) -> None:
    """A reader finds its columns there, where the format has any."""
    (file,) = written(tmp_path, form, (NOTE, ID))
    assert file.rows == 0
    assert (tmp_path / "r" / file.name).exists()


def test_a_row_may_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge row is cut into buffers, none of which is a row."""
    monkeypatch.setattr("privaci_core.stores.row_files.GROUP_BYTES", 1)
    (file,) = written(tmp_path, "jsonl", (ID, NOTE), b"1\tbe", b"gin\n2\tb", b"\n")
    lines = (tmp_path / "r" / file.name).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["note"] for line in lines] == ["begin", "b"]


def test_files_are_cut_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is about as large as one that is put at once, and no two have one name."""
    monkeypatch.setattr("privaci_core.stores.row_files.GROUP_BYTES", 100)
    monkeypatch.setattr("privaci_core.stores.row_files.FILE_BYTES", 500)
    pieces = [f"{number}\ttext {number}\n".encode() for number in range(300)]
    files = written(tmp_path, "csv", (ID, NOTE), *pieces)
    assert len(files) > 3
    assert len({file.name for file in files}) == len(files)
    frames = [pl.read_csv(tmp_path / "r" / file.name) for file in files]
    assert pl.concat(frames)["id"].to_list() == list(range(300))


def test_a_value_that_does_not_fit_begins_a_file_of_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before stays; the publication sees that the forms differ."""
    monkeypatch.setattr("privaci_core.stores.row_files.GROUP_BYTES", 1)
    first, second = written(tmp_path, "parquet", (ID, DAY), b"1\t2026-01-31\n", b"2\tinfinity\n")
    assert (first.forms["day"], second.forms["day"]) == ("typed", "text")
    assert pl.read_parquet(tmp_path / "r" / second.name)["day"].to_list() == ["infinity"]


def test_folders_of_months_are_read_as_hive_names_them(tmp_path: Path) -> None:
    """The column stays in the files; a row without a date of our era is beside them."""
    files = written(
        tmp_path,
        "parquet",
        (DAY, ID),
        b"2026-01-31\t1\n2026-02-01\t2\n2026-01-01\t3\n\\N\t4\ninfinity\t5\n0044-03-15 BC\t6\n",
        folders=Folders(column="day", by="month"),
    )
    assert sorted(Path(file.name).parent.name for file in files) == [
        "day_month=2026-01",
        "day_month=2026-02",
        "day_month=__HIVE_DEFAULT_PARTITION__",
    ]
    read = f"read_parquet('{tmp_path}/r/public.t/*/*.parquet', hive_partitioning = true)"
    found = duckdb.sql(f"SELECT id, day FROM {read} WHERE day_month = '2026-01' ORDER BY id")
    assert found.fetchall() == [(1, "2026-01-31"), (3, "2026-01-01")]


@pytest.mark.parametrize(
    ("kind", "by", "value", "folder"),
    [
        ("timestamptz", "day", "2026-01-31 23:59:59.5+00", "v_day=2026-01-31"),
        ("timestamp", "year", "2026-01-31 00:00:00", "v_year=2026"),
        ("timestamp", "month", "10000-01-01 00:00:00", "v_month=__HIVE_DEFAULT_PARTITION__"),
        ("date", "value", "2026-01-31", "v=2026-01-31"),
        ("bool", "value", "t", "v=true"),
        ("int8", "value", "-5", "v=-5"),
        ("text", "value", "", "v="),
    ],
)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_folder_is_named_by_its_value(
    kind: str, by: Any, value: str, folder: str, form: str, tmp_path: Path
) -> None:
    """In every format alike, whatever the column's type."""
    fields, folders = (ID, field("v", kind)), Folders(column="v", by=by)
    (file,) = written(tmp_path, form, fields, f"1\t{value}\n".encode(), folders=folders)
    assert Path(file.name).parent.name == folder


def test_folders_of_values_leave_the_column_to_the_folder(tmp_path: Path) -> None:
    """Any text is a folder; readers get the column back from its name."""
    values = ["DE", "a/b=c %20", "..", "ö"]
    rows = "".join(f"{number}\t{value}\n" for number, value in enumerate(values)).encode()
    files = written(tmp_path, "csv", (ID, NOTE), rows, folders=Folders(column="note"))
    assert len(files) == len(values)
    texts = [(tmp_path / "r" / file.name).read_text() for file in files]
    assert texts == [f'"id"\n{number}\n' for number in range(len(values))]
    read = f"read_csv('{tmp_path}/r/public.t/*/*.csv', hive_partitioning = true)"
    found = duckdb.sql(f"SELECT id, note FROM {read} ORDER BY id").fetchall()
    assert found == list(enumerate(values))


def test_too_many_folders_are_refused_without_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the column, and no value."""
    monkeypatch.setattr("privaci_core.stores.row_folders.MOST_FOLDERS", 1)
    one = written(tmp_path, "csv", (ID, NOTE), b"1\tx\n2\tx\n", folders=Folders(column="note"))
    assert len(one) == 1
    with pytest.raises(CopyError, match="note has more than 1 different values") as refused:
        written(
            tmp_path, "csv", (ID, NOTE), b"1\tsecret\n2\tother\n", folders=Folders(column="note")
        )
    assert "secret" not in str(refused.value)


def test_a_store_that_fails_does_not_name_a_folder(tmp_path: Path) -> None:
    """A folder's name is a value of the copy."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "public.t").write_text("no folder", encoding="utf-8")
    with pytest.raises(CopyError, match=r"Writing rows of public\.t to the store") as refused:
        written(tmp_path, "csv", (ID, NOTE), b"1\tsecret\n", folders=Folders(column="note"))
    assert "secret" not in str(refused.value)


def test_lines_refuse_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Only a database without an encoding has such; Parquet keeps them."""
    with pytest.raises(CopyError, match="note holds bytes that are no UTF-8"):
        written(tmp_path, "jsonl", (ID, NOTE), b"1\t\xff\n")
    (file,) = written(tmp_path, "parquet", (ID, NOTE), b"1\t\xff\n")
    assert pl.read_parquet(tmp_path / "r" / file.name)["note"].to_list() == [b"\xff"]


def test_readable_files_do_not_leave_the_machine_unasked() -> None:
    """A bucket needs recipients, or the word that it needs none."""
    sink = FileSink(
        sink=Sink(format="csv", url="s3://bucket/x"), refresh="r", tables={}, environ={}
    )
    with pytest.raises(PreflightError, match=r"sink\.recipients"):
        sink.store()


@pytest.mark.parametrize(
    ("kind", "is_list", "text", "value"),
    [
        ("int8", False, "9223372036854775807", "9223372036854775807"),
        ("numeric", False, "0.10", "0.10"),
        ("float8", False, "NaN", '"NaN"'),
        ("bool", False, "t", "true"),
        ("jsonb", False, '{"a": "\\\\n"}', '{"a": "\\n"}'),
        ("json", False, '{"a":\\n1}', '{"a": 1}'),
        ("float8", True, "{1e+20,NULL}", "[1e+20,null]"),
        ("bool", True, "{t,f,NULL}", "[true,false,null]"),
        ("int4", True, "{{1},{2}}", '"{{1},{2}}"'),
        ("text", True, "{a,b}", '"{a,b}"'),
        ("text", False, 'q"\\\\\\t\x01', '"q\\"\\\\\\t\\u0001"'),
    ],
)
def test_a_value_is_json(kind: str, is_list: bool, text: str, value: str, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    """Numbers, truth values, lists and documents are their own kind, and all else is text."""
    fields = (ID, field("v", kind, is_list=is_list))
    (file,) = written(tmp_path, "jsonl", fields, f"1\t{text}\n2\t\\N\n".encode())
    first, second = (tmp_path / "r" / file.name).read_text(encoding="utf-8").splitlines()
    assert first == f'{{"id":1,"v":{value}}}'
    assert json.loads(second) == {"id": 2, "v": None}
    json.loads(first)
