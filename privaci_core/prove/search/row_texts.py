"""Takes the texts out of the fields of COPY rows, whatever type contains them."""

from __future__ import annotations

import ipaddress
import re
import struct
import uuid
from enum import IntEnum
from typing import TYPE_CHECKING

from privaci_core.codecs.numeric import NUMERIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Types = Mapping[int, tuple[int, int]]

TEXT_OID = 25
NULL_LENGTH = -1
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
INT4, INT2 = struct.Struct(">i"), struct.Struct(">H")
ARRAY_HEAD = struct.Struct(">iiI")
DIMENSION_BYTES = 8


class Written(IntEnum):
    """How a value of a type is written in COPY binary; the compiled search has the same list."""

    SKIPPED = 0
    TEXT = 1
    WITH_ESCAPES = 2
    JSONB = 3
    INTEGER = 4
    NUMERIC = 5
    UUID = 6
    ADDRESS = 7
    HARDWARE_ADDRESS = 8
    BYTES = 9
    ARRAY = 10
    COMPOSITE = 11
    RANGE = 12
    MULTIRANGE = 13
    HSTORE = 14
    TSVECTOR = 15


DOCUMENTS = (Written.WITH_ESCAPES, Written.JSONB)
# What no original is searched in: truth values, moments, fractions, numbers of objects.
UNREAD = (
    *("boolsend", "oidsend", "cash_send", "float4send", "float8send", "date_send", "time_send"),
    *("timetz_send", "timestamp_send", "timestamptz_send", "interval_send", "bit_send"),
    *("varbit_send", "xidsend", "cidsend", "tidsend", "pg_lsn_send"),
)
# What a type's function sends. All else is text, or what may be read as such.
SENT_BY = {
    "json_send": Written.WITH_ESCAPES,
    "jsonb_send": Written.JSONB,
    **dict.fromkeys(("int2send", "int4send", "int8send"), Written.INTEGER),
    "numeric_send": Written.NUMERIC,
    "uuid_send": Written.UUID,
    **dict.fromkeys(("inet_send", "cidr_send"), Written.ADDRESS),
    **dict.fromkeys(("macaddr_send", "macaddr8_send"), Written.HARDWARE_ADDRESS),
    "byteasend": Written.BYTES,
    "array_send": Written.ARRAY,
    "record_send": Written.COMPOSITE,
    "range_send": Written.RANGE,
    "multirange_send": Written.MULTIRANGE,
    "hstore_send": Written.HSTORE,
    "tsvectorsend": Written.TSVECTOR,
    **dict.fromkeys(UNREAD, Written.SKIPPED),
}


def fields_of(row: bytes, *, text: bool) -> list[bytes | None]:
    """The fields of one row; of a row of COPY text without its escapes."""
    if text:
        return [_unescaped(field) for field in row.removesuffix(b"\n").split(b"\t")]
    return list(_parts(row[INT2.size :]))


def texts_of(field: bytes, oid: int, types: Types, *, text: bool) -> Iterator[tuple[str, bool]]:
    """The texts in a field of a type, and whether each is a document."""
    if text:
        yield from _in_text_form(field, types.get(oid, (Written.TEXT, 0))[0])
    else:
        yield from _in_binary_form(field, oid, types)


def _unescaped(field: bytes) -> bytes | None:
    if field == b"\\N":
        return None
    return ESCAPED.sub(lambda match: LETTERS.get(match[1], match[1]), field)


def _in_text_form(field: bytes, form: int) -> Iterator[tuple[str, bool]]:
    if form == Written.SKIPPED:
        return
    if form == Written.BYTES and field.startswith(b"\\x"):
        field = bytes.fromhex(field[2:].decode())
    text = field.decode(errors="replace")
    if form == Written.NUMERIC:
        text = text.partition(".")[0]
    yield text, form in DOCUMENTS


def _in_binary_form(field: bytes, oid: int, types: Types) -> Iterator[tuple[str, bool]]:
    form, inner = types.get(oid, (Written.TEXT, 0))
    if form == Written.ARRAY:
        dimensions, _, element = ARRAY_HEAD.unpack_from(field)
        parts = _parts(field[ARRAY_HEAD.size + DIMENSION_BYTES * dimensions :])
        yield from _of_parts(parts, element, types)
    elif form == Written.COMPOSITE:
        for part_oid, part in _members(field):
            yield from _of_parts([part], part_oid, types)
    elif form == Written.RANGE:
        yield from _of_parts(_parts(field[1:]), inner, types)
    elif form in {Written.MULTIRANGE, Written.HSTORE}:
        of = TEXT_OID if form == Written.HSTORE else inner
        yield from _of_parts(_parts(field[INT4.size :]), of, types)
    elif form == Written.TSVECTOR:
        yield from ((lexeme, False) for lexeme in _lexemes(field))
    elif form != Written.SKIPPED:
        yield SCALARS[form](field), form in DOCUMENTS


def _of_parts(parts: object, oid: int, types: Types) -> Iterator[tuple[str, bool]]:
    for part in parts:  # type: ignore[attr-defined]
        if part is not None:
            yield from _in_binary_form(part, oid, types)


def _parts(rest: bytes) -> Iterator[bytes | None]:
    """Values, each behind its length."""
    at = 0
    while at + INT4.size <= len(rest):
        (size,) = INT4.unpack_from(rest, at)
        at += INT4.size
        yield None if size == NULL_LENGTH else rest[at : at + size]
        at += max(size, 0)


def _members(field: bytes) -> Iterator[tuple[int, bytes | None]]:
    """The fields of a composite value, each behind the number of its type and its length."""
    at = INT4.size
    while at + 2 * INT4.size <= len(field):
        oid, size = struct.unpack_from(">Ii", field, at)
        at += 2 * INT4.size
        yield oid, None if size == NULL_LENGTH else field[at : at + size]
        at += max(size, 0)


def _lexemes(field: bytes) -> Iterator[str]:
    at = INT4.size
    while at < len(field):
        stop = field.index(b"\0", at)
        yield field[at:stop].decode(errors="replace")
        (positions,) = INT2.unpack_from(field, stop + 1)
        at = stop + 1 + INT2.size * (1 + positions)


def _text(field: bytes) -> str:
    return field.decode(errors="replace")


def _numeric(field: bytes) -> str:
    import pyarrow as pa  # noqa: PLC0415 - only where the compiled search is missing

    return str(NUMERIC.decode(pa.array([field], pa.binary()))[0]).partition(".")[0]


def _address(field: bytes) -> str:
    bits, is_network, size = field[1], field[2], field[3]
    address = ipaddress.ip_address(field[4 : 4 + size])
    return f"{address}/{bits}" if is_network or bits != 8 * size else str(address)


SCALARS: dict[int, Callable[[bytes], str]] = {
    Written.TEXT: _text,
    Written.WITH_ESCAPES: _text,
    Written.JSONB: lambda field: _text(field[1:]),
    Written.INTEGER: lambda field: str(abs(int.from_bytes(field, "big", signed=True)) or ""),
    Written.NUMERIC: _numeric,
    Written.UUID: lambda field: str(uuid.UUID(bytes=field)),
    Written.ADDRESS: _address,
    Written.HARDWARE_ADDRESS: lambda field: field.hex(":"),
    Written.BYTES: _text,
}
