"""The types of columns, each with values at the edges of what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.names import literal

if TYPE_CHECKING:
    from random import Random

TEXTS = (
    "",
    " ",
    "plain",
    'it\'s "quoted"',
    "back\\slash \\N \\. \\t",
    "line\nbreak\r\ttab",
    "\x01\x1f\x7f",
    "größe 注文 😀 \u202e \ufeff \uffff",
    "%s %(x)s {} ${y}",
    "x" * 3000,
)
# By the type as SQL writes it: the text forms of some values.
BUILT_IN: dict[str, tuple[str, ...]] = {
    "boolean": ("t", "f"),
    "smallint": ("-32768", "0", "32767"),
    "integer": ("-2147483648", "0", "7", "2147483647"),
    "bigint": ("-9223372036854775808", "0", "9223372036854775807"),
    "numeric": ("NaN", "0", "-0.000000000000000000001", "1" + "0" * 60, "3.1400", "1e-300"),
    "numeric(10,2)": ("0.00", "-99999999.99", "NaN"),
    "real": ("NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"),
    "double precision": ("NaN", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"),
    "money": ("0", "-92233720368547758.08", "12.34"),
    "text": TEXTS,
    "character varying(40)": TEXTS[:7],
    "character(6)": ("", "a", "ab  ", "größe "),
    '"char"': ("a", ""),
    "name": ("", "select", "größe"),
    "bytea": ("\\x", "\\x00ff5c0a27", "\\x" + "ab" * 500),
    "date": ("infinity", "-infinity", "4713-11-24 BC", "5874897-12-31", "2000-02-29"),
    "time": ("00:00:00", "24:00:00", "12:34:56.789012"),
    "time(3)": ("12:34:56.789",),
    "time with time zone": ("00:00:00+15:59", "24:00:00-15:59", "12:34:56.789012+02"),
    "timestamp": (
        "infinity",
        "-infinity",
        "4713-11-24 00:00:00 BC",
        "294276-12-31 23:59:59.999999",
    ),
    "timestamp with time zone": ("infinity", "2000-01-01 00:00:00.000001+00", "0044-03-15 BC"),
    "interval": ("0", "1 mon -3 days +04:05:06.789", "-178956970 years", "00:00:00.000001"),
    "interval year to month": ("3 years 2 mons",),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "inet": ("0.0.0.0/0", "192.0.2.7/24", "::", "2001:db8::1/64"),
    "cidr": ("192.0.2.0/24", "2001:db8::/32"),
    "macaddr": ("00:00:5e:00:53:01",),
    "macaddr8": ("00:00:5e:ff:fe:00:53:01",),
    "bit(5)": ("00000", "10101"),
    "bit varying(20)": ("", "1", "10101010101010101010"),
    "json": ('{"b": 1,  "a":[],"b":2}', "null", '"\\u00e9"', "1e999", " [ 1 ] "),
    "jsonb": ('{"a": {"b": [1, null, "x\\"y"]}}', "null", "1" + "0" * 400, '"\\u0001"'),
    "jsonpath": ("$.a[*] ? (@.b > 1)",),
    "xml": (
        "<a/>",
        "text only",
        '<?xml version="1.0" encoding="UTF-8"?><a>größe</a>',
        '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?><a b="&lt;">x</a>',
        "<a/><b/>",
        "<!DOCTYPE a><a/>",
        "",
    ),
    "point": ("(0,0)", "(-1e300,NaN)"),
    "line": ("{1,-1,0}",),
    "lseg": ("[(0,0),(1,1)]",),
    "box": ("(1,1),(0,0)",),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"),
    "polygon": ("((0,0),(1,1),(2,0))",),
    "circle": ("<(0,0),2>",),
    "tsvector": ("", "'a':1A,3 'fat cat':2", "'it''s' '\\\\'"),
    "tsquery": ("", "'a' & !('b' <-> 'c':*)"),
    "int4range": ("empty", "(,)", "[1,10)"),
    "int8range": ("[1,)",),
    "numrange": ("[1.10,2.200]", "(,5)"),
    "daterange": ("[2000-01-01,infinity]", "empty"),
    "tsrange": ('["2000-01-01 00:00:00","2001-01-01 00:00:00")',),
    "tstzrange": ('["2000-01-01 00:00:00+00",)',),
    "int4multirange": ("{}", "{[1,3),[5,8)}"),
    "datemultirange": ("{[2000-01-01,2000-02-01),[2001-01-01,)}",),
    "oid": ("0", "4294967295"),
    "regclass": ("pg_catalog.pg_class",),
    "regtype": ("integer",),
    "regproc": ("pg_catalog.now",),
    "xid": ("3",),
    "xid8": ("18446744073709551615",),
    "cid": ("3",),
    "tid": ("(0,1)",),
    "pg_lsn": ("0/0", "FFFFFFFF/FFFFFFFF"),
    "pg_snapshot": ("10:20:10,14,15",),
    "refcursor": ("cursor",),
    "oidvector": ("1 2 3",),
    "int2vector": ("1 2 3",),
    "hstore": ('"a"=>"1", "b"=>NULL', ""),
    "ltree": ("", "Top.Science.größe", "a.b"),
    "lquery": ("*.a.*{1,2}",),
    "citext": ("MiXeD", ""),
    "cube": ("(1, 2),(3, 4)",),
    "integer[]": ("{}", "{1,NULL,-3}", "[0:1]={5,6}", "{{1,2},{3,4}}"),
    "text[]": ("{}", '{"",NULL,"NULL","a,b","{x}","q\\"\\\\"}', "[2:3][-1:0]={{a,b},{c,d}}"),
    "timestamp[]": ("{infinity,NULL}",),
    "jsonb[]": ('{"{\\"a\\": 1}",NULL}',),
    "int4range[]": ('{"[1,2)",empty}',),
    "hstore[]": ('{"\\"a\\"=>\\"1\\""}',),
    "bytea[]": ('{"\\\\x00",NULL}',),
    "xml[]": ("{<a/>,NULL}",),
}
# The types of extensions: a server may have none.
OF_EXTENSIONS = {
    "hstore": ("hstore", "hstore[]"),
    "ltree": ("ltree", "lquery"),
    "citext": ("citext",),
    "cube": ("cube",),
}
# What can be a key, and hashed or sorted to find a partition.
KEYS = ("integer", "bigint", "text", "uuid", "date", "character varying(40)", "numeric(10,2)")


def types_of(extensions: frozenset[str]) -> list[str]:
    """The types that a server with these extensions has."""
    missing = {
        type_
        for extension, types in OF_EXTENSIONS.items()
        if extension not in extensions
        for type_ in types
    }
    return [type_ for type_ in BUILT_IN if type_ not in missing]


def any_type(random: Random, extensions: frozenset[str]) -> str:
    """A built-in type or an extension's, common ones more often."""
    known = types_of(extensions)
    return random.choice(("integer", "text", "bigint", *known, *known))


def any_value(random: Random, values: tuple[str, ...]) -> str:
    """A value as an untyped literal, or NULL."""
    return "NULL" if not values or random.random() < 0.15 else literal(random.choice(values))


def key_value(random: Random, type_: str, number: int) -> str:
    """A value of a key's type, other for every number."""
    made = {
        "text": f"{random.choice(TEXTS[:8])}{number}",
        "character varying(40)": f"k{number}",
        "uuid": f"00000000-0000-0000-0000-{number:012d}",
        "date": f"2000-01-{number % 28 + 1:02d}",
    }
    return literal(made.get(type_, str(number)))
