"""Lists the types of Postgres that this program knows, with all that it knows of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from privaci_core.codecs.addresses import ADDRESS, NETWORK
from privaci_core.codecs.codec import BOOLEAN, JSONB, TEXT, Codec, integer, real
from privaci_core.codecs.dates import DATE, TIMESTAMP, TIMESTAMPTZ
from privaci_core.codecs.numeric import NUMERIC
from privaci_core.codecs.octets import BYTES, UUID, hardware_address

Family = Literal[
    "text",
    "document",
    "boolean",
    "integer",
    "fraction",
    "oid",
    "date",
    "timestamp",
    "clock",
    "address",
    "hardware",
    "uuid",
    "bytes",
    "other",
]

EPOCH = "1970-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireType:
    """One type by its name in pg_type. Types that are not listed travel as text."""

    name: str
    family: Family
    # Between the binary form and the text form; without one the whole table travels as text.
    codec: Codec | None = None
    # What a redacted column holds where it may not be NULL; text is redacted by its length.
    redacted: str | None = None
    # The greatest number that fits; the smallest is one further below zero.
    highest: int | None = None
    # How many characters every value has.
    width: int | None = None
    # Whether a value can be found again in another place, and then tells whose it is.
    traceable: bool = True


def _text(name: str) -> WireType:
    return WireType(name=name, family="text", codec=TEXT)


def _integer(name: str, octets: int) -> WireType:
    return WireType(
        name=name,
        family="integer",
        codec=integer(octets),
        redacted="0",
        highest=2 ** (8 * octets - 1) - 1,
    )


def _fraction(name: str, codec: Codec) -> WireType:
    is_exact = name == "numeric"
    return WireType(name=name, family="fraction", codec=codec, redacted="0", traceable=is_exact)


def _date(name: str, family: Family, codec: Codec) -> WireType:
    return WireType(name=name, family=family, codec=codec, redacted=EPOCH, traceable=False)


def _clock(name: str, redacted: str) -> WireType:
    return WireType(name=name, family="clock", redacted=redacted, traceable=False)


def _address(name: str, codec: Codec) -> WireType:
    return WireType(name=name, family="address", codec=codec, redacted="192.0.2.1/32")


def _hardware(name: str, redacted: str) -> WireType:
    codec = hardware_address(octets=redacted.count(":") + 1)
    width = len(redacted)
    return WireType(name=name, family="hardware", codec=codec, redacted=redacted, width=width)


WIRE_TYPES = (
    _text("text"),
    _text("varchar"),
    _text("bpchar"),
    _text("citext"),
    _text("name"),
    WireType(name="json", family="document", codec=TEXT, redacted="{}"),
    WireType(name="jsonb", family="document", codec=JSONB, redacted="{}"),
    WireType(name="xml", family="other", codec=TEXT, redacted=""),
    WireType(name="bool", family="boolean", codec=BOOLEAN, redacted="f", traceable=False),
    _integer("int2", 2),
    _integer("int4", 4),
    _integer("int8", 8),
    _fraction("float4", real(4)),
    _fraction("float8", real(8)),
    _fraction("numeric", NUMERIC),
    WireType(name="oid", family="oid", traceable=False),
    WireType(name="money", family="other", traceable=False),
    _date("date", "date", DATE),
    _date("timestamp", "timestamp", TIMESTAMP),
    _date("timestamptz", "timestamp", TIMESTAMPTZ),
    _clock("time", "00:00"),
    _clock("timetz", "00:00+00"),
    _clock("interval", "0"),
    _address("inet", ADDRESS),
    _address("cidr", NETWORK),
    _hardware("macaddr", "00:00:5e:00:53:00"),
    _hardware("macaddr8", "02:00:5e:ef:10:00:00:00"),
    WireType(
        name="uuid",
        family="uuid",
        codec=UUID,
        redacted="00000000-0000-0000-0000-000000000000",
    ),
    WireType(name="bytea", family="bytes", codec=BYTES, redacted="\\x"),
    WireType(name="bit", family="other", traceable=False),
    WireType(name="varbit", family="other", traceable=False),
    WireType(name="tsvector", family="other", redacted=""),
    WireType(name="hstore", family="other", redacted=""),
)
BY_NAME = {known.name: known for known in WIRE_TYPES}


def codec_of(type_name: str) -> Codec | None:
    """The codec of a type; None where its values travel as text."""
    known = BY_NAME.get(type_name)
    return None if known is None else known.codec


def types_of(*families: Family) -> frozenset[str]:
    """The names of the types of some families."""
    return frozenset(known.name for known in WIRE_TYPES if known.family in families)
