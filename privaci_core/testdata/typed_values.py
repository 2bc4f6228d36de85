"""Makes a value of a type from a number, where nothing is known of a column but its type."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import INTEGERS, TEXT
from privaci_core.testdata.words import LETTERS, WORD, a_word

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.testdata.table_facts import ColumnFacts

# Days of made-up dates: about five years, that all databases know.
FIRST_DAY, DAYS = date(2019, 1, 1), 2000
# A draw's key has so many bits; what is above them says how far a later attempt reaches.
KEY_BITS, MOST_REACH = 128, 60
# Arrays with a form of their own.
VECTORS = frozenset({"int2vector", "oidvector"})
# Numbers that a person still reads; small types hold fewer.
LARGEST = 999_999


def typed_value(facts: ColumnFacts, number: int) -> str | None:
    """A value of the column's type, other for other numbers where it has many; None if unknown."""
    column, shape = facts.column, facts.shape
    if column.is_array:
        return "1" if column.base_type in VECTORS else "{}"
    if shape.labels:
        return shape.labels[number % len(shape.labels)]
    if shape.members:
        return "(" + "," * (len(shape.members) - 1) + ")"
    if shape.type_name in TEXT or shape.type_name == "varchar":
        return _text(facts, number)
    if facts.subtype is not None:
        return _range(facts, number)
    return plain_value(shape.type_name, number, shape.precision, shape.scale, facts.cast_type)


def plain_value(
    type_name: str,
    number: int,
    precision: int | None = None,
    scale: int | None = None,
    cast_type: str = "",
) -> str | None:
    """A value of a scalar type by its name."""
    if type_name in INTEGERS:
        return str(1 + number % min(INTEGERS[type_name], LARGEST))
    if type_name == "numeric":
        return _numeric(number, precision, scale)
    if type_name in {"bit", "varbit"}:
        return _bits(number, cast_type)
    make = MAKERS.get(type_name)
    return None if make is None else make(number)


def _text(facts: ColumnFacts, number: int) -> str:
    if facts.words:
        return facts.words[number % len(facts.words)]
    room = facts.shape.room
    label = "".join(letter if letter.isalnum() else " " for letter in facts.name).strip()
    if room is not None and room < len(label) + 1 + WORD:
        return a_word(number, min(room, WORD))
    return f"{label} {a_word(number)}".strip()


def _numeric(number: int, precision: int | None, scale: int | None) -> str:
    if precision is None or scale is None:
        return f"{1 + number % LARGEST}"
    whole = number % min(10 ** max(precision - scale, 0), LARGEST + 1)
    if scale <= 0:
        return str(whole * 10**-scale)
    if precision < scale:
        return "0." + str(number % 10**precision).rjust(scale, "0")
    return f"{whole}." + str(number // (LARGEST + 1) % 10 ** min(scale, 9)).ljust(scale, "0")


def _bits(number: int, cast_type: str) -> str:
    size = cast_type.partition("(")[2].partition(")")[0]
    length = int(size) if size.isdigit() else 1
    return format(number % 2 ** min(length, 64), "b").rjust(length, "0")


def a_day(number: int) -> date:
    """A day of the last years; later attempts reach beyond them."""
    return FIRST_DAY + timedelta(days=number % (DAYS * (1 + min(number >> KEY_BITS, MOST_REACH))))


def _moment(number: int) -> str:
    moment = datetime.combine(a_day(number), datetime.min.time())
    return (moment + timedelta(seconds=number // DAYS % 86_400)).isoformat(sep=" ")


def _clock(number: int) -> str:
    return _moment(DAYS * number).partition(" ")[2]


def _uuid(number: int) -> str:
    text = format(number % 2**128, "032x")
    text = f"{text[:12]}4{text[13:16]}8{text[17:]}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _range(facts: ColumnFacts, number: int) -> str | None:
    bounds = _bounds(facts.subtype or "", number)
    if bounds is None:
        return None
    low, high = bounds
    made = f'["{low}","{high}")'
    return f"{{{made}}}" if "multirange" in facts.shape.type_name else made


def _bounds(subtype: str, number: int) -> tuple[str, str] | None:
    if subtype == "date":
        return a_day(number).isoformat(), (a_day(number) + timedelta(days=1)).isoformat()
    if subtype in {"timestamp", "timestamptz"}:
        first = _moment(number)
        return first, (datetime.fromisoformat(first) + timedelta(hours=1)).isoformat(sep=" ")
    low = plain_value(subtype, number)
    if low is None or not low.isdigit():
        return (low, low) if low is not None else None
    return low, str(int(low) + 1)


MAKERS: dict[str, Callable[[int], str]] = {
    "bool": lambda number: "tf"[number % 2],
    "float4": lambda number: str(1 + number % LARGEST),
    "float8": lambda number: str(1 + number % LARGEST),
    "money": lambda number: str(1 + number % LARGEST),
    "oid": lambda number: str(1 + number % LARGEST),
    "date": lambda number: a_day(number).isoformat(),
    "timestamp": _moment,
    "timestamptz": lambda number: f"{_moment(number)}+00",
    "time": _clock,
    "timetz": lambda number: f"{_clock(number)}+00",
    "interval": lambda number: f"{1 + number % 90} days",
    "uuid": _uuid,
    "json": lambda _: "{}",
    "jsonb": lambda _: "{}",
    "jsonpath": lambda _: "$",
    "xml": lambda _: "<made/>",
    "bytea": lambda number: "\\x" + format(number % 2**64, "016x"),
    "inet": lambda number: f"192.0.2.{number % 256}",
    "cidr": lambda number: f"192.0.2.{number % 256}/32",
    "macaddr": lambda number: f"00:00:5e:00:53:{number % 256:02x}",
    "macaddr8": lambda number: f"02:00:5e:10:00:00:00:{number % 256:02x}",
    "point": lambda number: f"({number % 1000},{number // 1000 % 1000})",
    "line": lambda number: f"{{1,-1,{number % 1000}}}",
    "lseg": lambda number: f"[(0,0),(1,{1 + number % 1000})]",
    "box": lambda number: (
        f"({number % 1000 + 1},{number // 1000 % 1000 + 1}),"
        f"({number % 1000},{number // 1000 % 1000})"
    ),
    "path": lambda number: f"[(0,0),(1,{1 + number % 1000})]",
    "polygon": lambda number: f"((0,0),(1,1),(2,{number % 1000}))",
    "circle": lambda number: f"<({number % 1000},{number // 1000 % 1000}),1>",
    "tsvector": lambda number: f"'{a_word(number)}'",
    "tsquery": lambda number: f"'{a_word(number)}'",
    "char": lambda number: LETTERS[number % len(LETTERS)],
    "xid": lambda number: str(3 + number % LARGEST),
    "xid8": lambda number: str(3 + number % LARGEST),
    "cid": lambda number: str(number % LARGEST),
    "tid": lambda number: f"({number % 1000},1)",
    "pg_lsn": lambda number: f"0/{number % LARGEST:X}",
    "pg_snapshot": lambda _: "10:10:",
    "txid_snapshot": lambda _: "10:10:",
    "refcursor": a_word,
    "oidvector": lambda number: str(number % LARGEST),
    "int2vector": lambda number: str(number % 1000),
    "regclass": lambda _: "pg_catalog.pg_class",
    "regtype": lambda _: "pg_catalog.int4",
    "regproc": lambda _: "pg_catalog.now",
    "regprocedure": lambda _: "pg_catalog.now()",
    "regoper": lambda _: "pg_catalog.!~~",
    "regoperator": lambda _: "pg_catalog.=(integer,integer)",
    "regrole": lambda _: "pg_monitor",
    "regnamespace": lambda _: "pg_catalog",
    "regcollation": lambda _: 'pg_catalog."C"',
    "regconfig": lambda _: "pg_catalog.simple",
    "regdictionary": lambda _: "pg_catalog.simple",
    "hstore": lambda _: "",
    "ltree": a_word,
    "lquery": a_word,
    "ltxtquery": a_word,
    "cube": lambda number: f"({number % LARGEST})",
    "seg": lambda number: str(number % LARGEST),
    "geometry": lambda number: f"POINT({number % 90} 0)",
    "geography": lambda number: f"POINT({number % 90} 0)",
}
