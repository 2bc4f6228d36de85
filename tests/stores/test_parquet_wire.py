"""The rows of a file are sent in binary form where every column's is known, bit by bit the same."""

from __future__ import annotations

import numpy as np
import pytest

from privaci_core.codecs.registry import codec_of
from privaci_core.compiled.loops import LOADED
from privaci_core.stores import parquet_wire
from privaci_core.stores.parquet import files_of
from privaci_core.stores.parquet_types import Field, UnfitError
from privaci_core.stores.parquet_wire import binary_rows_of, is_wireable
from privaci_core.stream.binary_rows import Rows, split

pytestmark = pytest.mark.unit

DIGITS = (12 << 16 | 2) + 4
# Each kind with values as a pinned session prints them.
VALUES = {
    "int2": ("-32768", "7"),
    "int4": ("-2147483648", "2147483647"),
    "int8": ("-9223372036854775808", "9223372036854775807"),
    "float4": ("-0", "1.5"),
    "float8": ("NaN", "-Infinity"),
    "bool": ("t", "f"),
    "date": ("0001-01-01", "9999-12-31"),
    "timestamp": ("1999-12-31 23:59:59.999999", "2000-01-01 00:00:00"),
    "timestamptz": ("1970-01-01 00:00:00+00", "2026-11-27 12:00:00.5+00"),
    "numeric": ("-0.50", "9999999999.99"),
    "uuid": ("00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "bytea": ("\\x", "\\x00ff"),
    "text": ("", "a ü\U0001f600"),
    "varchar": ("x", "y"),
    "bpchar": ("x  ", "y  "),
    "json": ('{"a": 1}', "[]"),
    "jsonb": ('{"a": 1}', "[]"),
    "inet": ("192.0.2.1", "2001:db8::/32"),
}


def field(kind: str, **more: object) -> Field:
    """The field of a column that is named after its type."""
    modifier = DIGITS if kind == "numeric" else -1
    return Field(
        **{
            "name": kind,
            "type": kind,
            "kind": kind,
            "is_list": False,
            "modifier": modifier,
            **more,  # type: ignore[arg-type]
        }
    )


def decoded(buffer: object, fields: tuple[Field, ...]) -> list[tuple[str | None, ...]]:
    """The texts of binary rows, by the codecs that read a COPY of the server's."""
    octets, at, lengths = bytes(buffer), 0, []  # type: ignore[call-overload]
    while at < len(octets):
        begin, at = at, at + 2
        for _ in fields:
            size = int.from_bytes(octets[at : at + 4], "big", signed=True)
            at += 4 + max(size, 0)
        lengths.append(at - begin)
    block = split(Rows(octets, np.array(lengths)), len(fields))
    assert set(block.tail.to_pylist()) == {b""}
    columns = []
    for each, column in zip(fields, block.columns, strict=True):
        codec = codec_of(each.kind)
        assert codec is not None
        columns.append(codec.decode(column).to_list())
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("compiled", [True, False])
def test_binary_rows_hold_what_the_file_holds(
    *, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values at the bounds of each type, and NULL before, between and after them."""
    monkeypatch.setattr(parquet_wire, "LOADED", compiled and LOADED)
    fields = tuple(field(kind) for kind in VALUES)
    assert is_wireable(fields)
    nulls = (None,) * len(fields)
    first, second = (tuple(each[place] for each in VALUES.values()) for place in (0, 1))
    expected = [nulls, first, nulls, second, nulls]
    lines = [
        "\t".join("\\N" if cell is None else cell.replace("\\", "\\\\") for cell in row) + "\n"
        for row in expected
    ]
    octets = [line.encode() for line in lines]
    rows = Rows(b"".join(octets), np.array([len(each) for each in octets]))
    (file,) = files_of([rows], fields, "public.every")
    (sent,) = binary_rows_of(file, fields)
    assert decoded(sent, fields) == expected


def test_what_is_kept_as_text_has_a_binary_form_too() -> None:
    """A date that Parquet lacks is text in the file, and a date for the server."""
    with pytest.raises(UnfitError) as unfit:
        list(files_of([Rows(b"infinity\n", np.array([9]))], (field("date"),), "t"))
    (file,) = files_of([Rows(b"infinity\n", np.array([9]))], unfit.value.fields, "t")
    (sent,) = binary_rows_of(file, unfit.value.fields)
    assert decoded(sent, unfit.value.fields) == [("infinity",)]


@pytest.mark.parametrize(
    "odd",
    [
        field("int4", is_list=True),
        field("interval"),
        field("xml"),
        field(""),
        field("text", form="bytes"),
    ],
)
def test_a_table_is_sent_as_text_if_one_column_has_to_be(odd: Field) -> None:
    """Rows of a COPY have one form; an empty table's rows have none."""
    assert not is_wireable((field("int4"), odd))
    assert not is_wireable(())
