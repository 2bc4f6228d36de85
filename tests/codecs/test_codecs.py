"""Codecs against Postgres, which sends the same values in binary and as text."""

from __future__ import annotations

import polars as pl
import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from privaci_core.codecs.registry import WIRE_TYPES, codec_of
from privaci_core.postgres.session import pin

pytestmark = pytest.mark.postgres

VALUES: dict[str, list[str | None]] = {
    "int2": ["0", "-32768", "32767", None],
    "int4": ["0", "-2147483648", None, "2147483647"],
    "int8": ["9223372036854775807", "-9223372036854775808", "7"],
    "float4": ["0", "1.5", "-0.25", "NaN", "Infinity", "-Infinity", None, "3.4028235e+38"],
    "float8": ["0", "0.1", "-2.5", "NaN", "Infinity", "123456789.125", "1e-300"],
    "bool": ["t", "f", None],
    "date": [
        "2000-01-01",
        "1969-12-31",
        "0001-01-01",
        "0044-03-15 BC",
        "9999-12-31",
        "12024-02-29",
        "infinity",
        "-infinity",
        None,
        "5874897-12-31",
        "4713-01-01 BC",
        "0001-12-31 BC",
    ],
    "timestamp": [
        "2000-01-01 00:00:00",
        "2024-02-29 23:59:59.999999",
        "1999-12-31 23:59:59.5",
        "infinity",
        "-infinity",
        "0044-03-15 01:02:03.25 BC",
        "12024-01-01 00:00:01",
        None,
        "1969-07-20 20:17:40",
    ],
    "timestamptz": [
        "2000-01-01 00:00:00+00",
        "2024-06-30 12:30:00.120000+00",
        "infinity",
        "0044-03-15 01:02:03+00 BC",
    ],
    "numeric": [
        "0",
        "0.00",
        "-1.50",
        "12345678901234567890.0001",
        "0.0001",
        "1000000",
        "10000",
        "9999.9999",
        "NaN",
        "-0.05",
        None,
        "100.00",
        "1e20",
        "0.00000000123",
    ],
    "inet": ["192.0.2.1", "10.0.0.0/8", "2001:db8::1", "2001:db8::/32", "::ffff:192.0.2.1", None],
    "cidr": ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "2001:db8::1/128"],
    "uuid": ["00000000-0000-0000-0000-000000000000", None, "123e4567-e89b-42d3-a456-426614174000"],
    "bytea": ["\\x", "\\x00ff", None, "\\xdeadbeef"],
    "macaddr": ["00:00:5e:00:53:01", None],
    "macaddr8": ["02:00:5e:ef:10:00:00:01", None],
    "jsonb": ['{"a": [1, null, "x"]}', '"text"', None, "[]"],
    "json": ['{"a":1}', None],
    "text": ["a", "", "é\t\\", None],
    "varchar": ["a"],
    "bpchar": ["a"],
    "name": ["a"],
    "citext": ["A"],
    "xml": ["<a/>"],
}


def forms(
    connection: psycopg.Connection[tuple[object, ...]], type_name: str
) -> tuple[pa.Array, list[str | None]]:
    """The values of a type as Postgres sends them in binary, and as it prints them."""
    known = "text" if type_name in {"citext", "xml"} else type_name
    read = sql.SQL("SELECT v::{} FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n")
    query = read.format(sql.SQL(known))
    found = []
    for binary in (True, False):
        result = connection.cursor(binary=binary).execute(query, [VALUES[type_name]]).pgresult
        assert result is not None
        found.append([result.get_value(row, 0) for row in range(result.ntuples)])
    return pa.array(found[0], pa.binary()), [
        None if text is None else text.decode() for text in found[1]
    ]


def test_every_codec_has_values() -> None:
    """A codec without a test could say anything."""
    assert set(VALUES) == {known.name for known in WIRE_TYPES if known.codec}


@pytest.mark.parametrize("type_name", sorted(VALUES))
def test_a_codec_reads_and_writes_what_postgres_does(
    connection: psycopg.Connection[tuple[object, ...]], type_name: str
) -> None:
    """A codec prints what Postgres prints, and writes the same bytes; of slices too."""
    pin(connection)
    wire, printed = forms(connection, type_name)
    codec = codec_of(type_name)
    assert codec is not None
    text = codec.decode(wire).to_list()
    if type_name.startswith("float"):
        plain = [place for place, value in enumerate(printed) if value and "e" not in value]
        assert [text[place] for place in plain] == [printed[place] for place in plain]
    else:
        assert text == printed
    assert codec.encode(codec.decode(wire)) == wire
    assert codec.decode(wire.slice(1)).to_list() == text[1:]
    assert codec.encode(codec.decode(wire.slice(0, 0))) == wire.slice(0, 0)
    assert codec.decode(wire.drop_null()).to_list() == [
        value for value in text if value is not None
    ]


def test_numerics_of_every_size(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Numerics around each border of groups, scales and 64-bit words keep text and bytes."""
    pin(connection)
    numbers = (
        "SELECT DISTINCT"
        " round(((CASE WHEN n % 2 = 0 THEN -1 ELSE 1 END) * (10::numeric ^ (n % 23 - 6)"
        " + n * (10::numeric ^ (n % 7 - 5)))), n % 9) FROM generate_series(0, 3000) AS n ORDER BY 1"
    )
    found = []
    for binary in (True, False):
        result = connection.cursor(binary=binary).execute(numbers).pgresult
        assert result is not None
        found.append([result.get_value(row, 0) or b"" for row in range(result.ntuples)])
    codec = codec_of("numeric")
    assert codec is not None
    wire = pa.array(found[0], pa.binary())
    assert codec.decode(wire).to_list() == [text.decode() for text in found[1]]
    assert codec.encode(codec.decode(wire)).to_pylist() == wire.to_pylist()


def test_other_spellings_are_read_too(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Masks may write another spelling than Postgres prints: the bytes are the value's."""
    for type_name, written in {
        "numeric": ["1.5e3", "2E-2", "+7", "-0", "007.10"],
        "bool": ["true", "no", "on"],
        "date": ["2024-01-01"],
        "timestamp": ["2024-01-01", "2024-01-01 10:00:00.1"],
        "timestamptz": ["2024-01-01", "2024-01-01 10:00:00"],
        "inet": ["10.1.2.3/32"],
    }.items():
        pin(connection)
        query = sql.SQL(
            "SELECT v::{} FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n"
        )
        result = (
            connection.cursor(binary=True)
            .execute(query.format(sql.SQL(type_name)), [written])
            .pgresult
        )
        codec = codec_of(type_name)
        assert result is not None
        assert codec is not None

        wire = codec.encode(pl.Series(written))
        assert wire.to_pylist() == [result.get_value(row, 0) for row in range(result.ntuples)], (
            type_name
        )
