"""The list of types: what the program reads from it, and that no entry lacks a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from privaci_core.codecs.registry import WIRE_TYPES, codec_of, types_of
from privaci_core.detect import redact
from privaci_core.masks.base import shape
from privaci_core.plan import column_shape, condition_terms
from privaci_core.prove.search import searched_columns

if TYPE_CHECKING:
    import psycopg

REALS = {"numeric", "float4", "float8"}
DATES = {"date", "timestamp", "timestamptz"}
# Types of extensions, which an empty database does not have.
OF_EXTENSIONS = {"citext", "hstore"}
# No value of these is known to be harmless wherever a column must not be NULL.
NOT_REDACTED = {"oid", "money", "bit", "varbit"}
# Masks do not read these; a table that masks one of them travels as text.
NO_CODEC = {"oid", "money", "time", "timetz", "interval", "bit", "varbit", "tsvector", "hstore"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("derived", "types"),
    [
        (shape.TEXT, {"text", "varchar", "bpchar", "citext", "name"}),
        (shape.NUMBERS, {"int2", "int4", "int8"} | REALS),
        (shape.DATES, DATES),
        (shape.ADDRESSES, {"inet", "cidr"}),
        (column_shape.CLOCKS, {"timestamp", "timestamptz", "time", "timetz", "interval"}),
        (condition_terms.NUMBERS, {"int2", "int4", "int8", "oid"} | REALS),
        (condition_terms.TEXTS, {"text", "varchar", "bpchar", "citext", "name"}),
        (
            searched_columns.UNTRACEABLE,
            {"bool", "time", "timetz", "interval", "oid", "money", "bit", "varbit"}
            | {"float4", "float8"}
            | DATES,
        ),
    ],
)
def test_who_handles_which_types(derived: frozenset[str], types: set[str]) -> None:
    """Each part of the program handles the types that it should."""
    assert derived == types


@pytest.mark.unit
def test_the_bounds_of_types() -> None:
    """Integers know their greatest number, hardware addresses how long they are."""
    assert shape.INTEGERS == {"int2": 32767, "int4": 2147483647, "int8": 9223372036854775807}
    assert shape.HARDWARE == {"macaddr": 17, "macaddr8": 23}


@pytest.mark.unit
def test_what_redacted_columns_hold() -> None:
    """A redacted column that may not be NULL holds a harmless value of its type."""
    values = dict.fromkeys({"int2", "int4", "int8"} | REALS, "0")
    values |= dict.fromkeys(DATES, "1970-01-01")
    values |= dict.fromkeys({"inet", "cidr"}, "192.0.2.1/32")
    values |= dict.fromkeys({"json", "jsonb"}, "{}")
    values |= dict.fromkeys({"xml", "tsvector", "hstore"}, "")
    values |= {"bool": "f", "bytea": "\\x", "uuid": "00000000-0000-0000-0000-000000000000"}
    values |= {"time": "00:00", "timetz": "00:00+00", "interval": "0"}
    values |= {"macaddr": "00:00:5e:00:53:00", "macaddr8": "02:00:5e:ef:10:00:00:00"}
    assert values == redact.BY_TYPE


@pytest.mark.unit
def test_no_entry_lacks_a_part() -> None:
    """A new type has a codec and a redacted value, or is named here as one that has none."""
    names = [known.name for known in WIRE_TYPES]
    assert len(set(names)) == len(names)
    assert {known.name for known in WIRE_TYPES if known.codec is None} == NO_CODEC
    without = {known.name for known in WIRE_TYPES if known.redacted is None}
    assert without == NOT_REDACTED | types_of("text")
    bounded = {known.name for known in WIRE_TYPES if known.highest is not None}
    assert bounded == types_of("integer")
    assert {known.name for known in WIRE_TYPES if known.width is not None} == types_of("hardware")


@pytest.mark.unit
def test_an_unlisted_type_has_no_codec() -> None:
    """A type that the list does not name travels as text."""
    assert codec_of("polygon") is None
    assert codec_of("oid") is None


@pytest.mark.postgres
def test_postgres_knows_every_type(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Each name is one of pg_type, and each redacted value can be read as its type."""
    for known in WIRE_TYPES:
        if known.name not in OF_EXTENSIONS:
            query = f"SELECT CAST(%s AS pg_catalog.{known.name})"
            connection.execute(query, [known.redacted])  # type: ignore[call-overload]
