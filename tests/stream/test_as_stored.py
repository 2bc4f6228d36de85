"""What is sent is what the server gives back: of every type, in both forms of COPY."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import psycopg
import pytest

from privaci_core.masks import Keys, Shape
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.stream.as_stored import _spelling

if TYPE_CHECKING:
    from privaci_core.prove.verdict import Verdict

KEYS = Keys.of(b"a salt of the test suite, long enough")
NAME = "'$.b': {action: fake, provider: full_name}"
OF_DOCUMENTS = f"action: json, default: redact, paths: {{{NAME}, '$.x.y': {{action: passthrough}}}}"
WITH_NUMBERS = (
    f"action: json, default: redact, paths: {{{NAME}, '$.a': {{action: noise, ratio: 0.2}}}}"
)
# A column's type, its values, and actions whose fakes Postgres may print in another way.
COLUMNS = {
    "padded": ("char(40)", ("'Nimue'", "'Ada '", "''"), "action: fake, provider: full_name"),
    "citext_like": ("varchar(60)", ("'Nimue  '",), "action: hash"),
    "price": ("numeric(9,3)", ("1.5", "-0.125", "77.000"), "action: noise, ratio: 0.4"),
    "rounded": ("numeric(6,-2)", ("1200", "98700"), "action: noise, ratio: 0.3"),
    "any_number": ("numeric", ("1.50", "1e20", "-0.0001"), "action: noise, ratio: 0.4"),
    "small": ("float4", ("0.1", "1e-7", "123456.7"), "action: noise, ratio: 0.4"),
    "large": ("float8", ("0.1", "1e-300", "1e22"), "action: noise, ratio: 0.4"),
    "seen": ("timestamp(0)", ("'2020-01-02 03:04:05'",), "action: date_shift, days: 30"),
    "zoned": ("timestamptz(3)", ("'2020-01-02 03:04:05.678+01'",), "action: date_shift, days: 30"),
    "fixed": (
        "timestamp(2)",
        ("'2020-01-02'",),
        "action: static, value: '2021-01-01 00:00:00.987654'",
    ),
    "born": ("date", ("'1999-12-31'",), "action: generalize, to: year"),
    "address": (
        "inet",
        ("'10.1.2.3'", "'10.0.0.0/8'", "'::1'"),
        "action: fake, provider: ip_address",
    ),
    "network": ("cidr", ("'10.1.0.0/16'",), "action: generalize, network: 8"),
    "card": ("macaddr", ("'08:00:2b:01:02:03'",), "action: fake, provider: mac_address"),
    "number": ("uuid", ("'12345678-1234-1234-1234-123456789abc'",), "action: fake, provider: uuid"),
    "raw": ("bytea", ("'\\x00ff'", "''"), "action: hash"),
    "doc": (
        "jsonb",
        ("""'{"b": "Nimue", "a": [1.50, 1e3], "x": {"y": "é\\"\\u0001"}}'""",),
        OF_DOCUMENTS,
    ),
    "plain_doc": (
        "json",
        ("""'{"b" :  "Nimue", "a": 1.50}'""",),
        OF_DOCUMENTS,
    ),
    "small_doc": ("jsonb", ("""'{"b": "Nimue", "a": 1e-7}'""", """'{"a": 25e20}'"""), WITH_NUMBERS),
    "of_domain": ("padded_code", ("'abc'",), "action: hash"),
    "of_money": ("amount", ("12.5", "7"), "action: noise, ratio: 0.4"),
    "of_moment": ("moment", ("'2020-01-02 03:04:05'",), "action: date_shift, days: 30"),
    "is_on": ("bool", ("true", "false"), "action: static, value: 'yes'"),
    "count": ("int8", ("1", "-9000000000"), "action: noise, amount: 7"),
}
# These have no binary form that travels, so their tables are sent as text.
IN_TEXT = {
    "lapse": ("interval", ("'1 day 2 hours'",), "action: static, value: '90 minutes'"),
    "at": ("time(1)", ("'12:34:56.7'",), "action: static, value: '1:02'"),
    "names": (
        "text[]",
        ("ARRAY['Nimue', 'Ada L.', NULL, 'NULL', '']", "'{}'", "'[2:3]={a,b}'::text[]"),
        "action: fake, provider: full_name",
    ),
    "padded_names": ("char(9)[]", ("ARRAY['Nimue', 'Ada']",), "action: hash"),
    "numbers": ("numeric(8,2)[]", ("ARRAY[1.5, 22.75]",), "action: noise, ratio: 0.4"),
    "moments": (
        "timestamptz[]",
        ("ARRAY['2020-01-02 03:04:05+01'::timestamptz]",),
        "action: date_shift, days: 30",
    ),
    "address": ("inet", ("'10.1.2.3'",), "action: fake, provider: ip_address"),
    "large": ("float8", ("1e-7",), "action: noise, ratio: 0.4"),
    "doc": ("jsonb", ("""'{"b": "Nimue", "a": 1e-7}'""",), WITH_NUMBERS),
    "state": ("mood", ("'sad'", "'happy'"), "action: static, value: calm"),
    "states": ("mood[]", ("ARRAY['sad', 'happy']::mood[]",), "action: static, value: calm"),
}


def table_of(name: str, columns: dict[str, tuple[str, tuple[str, ...], str]]) -> str:
    """A table with a row for each value; columns with fewer values repeat them."""
    types = ", ".join(f"{column} {kind}" for column, (kind, _, _) in columns.items())
    most = max(len(values) for _, values, _ in columns.values())
    rows = [
        ", ".join(values[number % len(values)] for _, values, _ in columns.values())
        for number in range(most)
    ]
    inserted = ", ".join(f"({number}, {row})" for number, row in enumerate(rows))
    return (
        f"CREATE TABLE {name} (id int PRIMARY KEY, {types});"
        f"INSERT INTO {name} VALUES {inserted}; INSERT INTO {name} (id) VALUES (99);"
    )


def rules_of(columns: dict[str, tuple[str, tuple[str, ...], str]]) -> str:
    """The rules of a table's columns."""
    rules = ", ".join(f"{column}: {{{action}}}" for column, (_, _, action) in columns.items())
    return f"{{columns: {{{rules}}}}}"


def verdict(source: str, target: str, policy: str) -> Verdict:
    """Copies, and masks the source once more to compare every value."""
    parsed = parse_policy(policy, name="mask-rules.yaml")
    copy_database(source, target, parsed, KEYS)
    with finished(source, target, parsed, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source, remasks=True)
        return CHECK_NAMED["rows_are_masked"].find(evidence)


@pytest.mark.postgres
def test_what_is_sent_is_what_is_stored(source_db: str, target_db: str) -> None:
    """A refresh refuses a target that prints a fake otherwise; verifying masks them once more."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy')")
        source.execute("CREATE DOMAIN padded_code AS char(40)")
        source.execute("CREATE DOMAIN amount AS numeric(9,3)")
        source.execute("CREATE DOMAIN moment AS timestamp(1)")
        source.execute((table_of("plain", COLUMNS) + table_of("written", IN_TEXT)).encode())
    policy = (
        'version: "1.0"\nauto_detect: false\n'
        f"tables:\n  public.plain: {rules_of(COLUMNS)}\n  public.written: {rules_of(IN_TEXT)}\n"
    )
    found = verdict(source_db, target_db, policy)
    assert found.wrong == {}
    assert found.details["rows"] == 4 + 4
    with psycopg.connect(target_db) as target:
        kept = target.execute("SELECT count(*) FROM plain WHERE padded LIKE 'Nimue%'").fetchone()
        assert kept == (0,)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("scale", "given", "spelled"),
    [
        (2, ["1", "1.5", "-2.25", None, "7"], ["1.00", "1.50", "-2.25", None, "7.00"]),
        (2, ["1.005", "1e3", "NaN", "-0.001", "1"], ["1.01", "1000.00", "NaN", "0.00", "1.00"]),
        (0, ["1", "1.5", "-2.5"], ["1", "2", "-3"]),
        (1, ["9" * 40, f"{'9' * 40}.96"], [f"{'9' * 40}.0", f"1{'0' * 40}.0"]),
        (-2, ["1249", "1250", "-3"], ["1200", "1300", "0"]),
    ],
)
def test_numbers_are_spelled_at_their_scale(
    scale: int, given: list[str | None], spelled: list[str | None]
) -> None:
    """As numeric(p,s) prints them: rounded half away from zero, and filled up with zeros."""
    spell = _spelling("numeric", Shape(type_name="numeric", precision=9, scale=scale))
    assert spell is not None
    numbers = pl.Series(given, dtype=pl.String)
    assert spell(numbers).to_list() == spelled
    assert numbers.to_list() == given
