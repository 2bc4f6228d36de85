"""The time to copy tables whose masked columns are of each kind, as ratios to a raw pipe."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from benchmarks.copying import UNMASKED, best_of, databases, pipe_of, print_runs, way

# Enough that the start of worker processes is no large part of the time.
ROWS = 1_000_000
NARROW_ROWS = 10_000_000
WIDE_ROWS, WIDE_COLUMNS, WIDE_MASKED = 100_000, 400, 5
# What stands beside the masked columns of a row.
BESIDE = "id bigint, {columns}, score int, amount numeric(12, 2), seen timestamptz, note text"
BESIDE_FILL = """
INSERT INTO kind
SELECT n, {values}, n % 1000, n / 7.0, timestamptz '2020-01-01' + n * interval '1 minute',
       md5(n::text) || md5((n + 1)::text) || md5((n + 2)::text)
FROM generate_series(1, {rows}) AS n
"""
MOODS = "CREATE TYPE mood AS ENUM ('calm', 'keen', 'sad', 'glad', 'tired', 'proud', 'bored')"
MOOD = "(enum_range(NULL::mood))[1 + {} % 7]"
MAIL = "'person' || {} || '@org' || n % 100 || '.example'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A table: its definition, what fills it, the rules of its masked columns, its rows."""

    table: str
    fill: str
    rules: dict[str, str]
    rows: int = ROWS
    # Arrays of enums carry type numbers in binary form, which differ between databases.
    form: str = "binary"


def _pair(type_name: str, value: str, rule: str, form: str = "binary") -> Kind:
    """A table with two masked columns of a type; `{}` in the value is a number."""
    values = f"{value.replace('{}', 'n')}, {value.replace('{}', '(n * 7 + 3)')}"
    return Kind(
        table=BESIDE.format(columns=f"one {type_name}, two {type_name}"),
        fill=BESIDE_FILL.format(values=values, rows=ROWS),
        rules={"one": rule, "two": rule},
        form=form,
    )


def _wide() -> Kind:
    """Rows below 2 kB: above, Postgres moves values as long as an e-mail address out of line."""
    places = range(1, WIDE_COLUMNS)
    masked = [f"c{place}" for place in places[:: WIDE_COLUMNS // WIDE_MASKED]]
    kinds = {
        "text": MAIL,
        "smallint": "n % 10000",
        "int": "n + {}",
        "date": "DATE '2001-01-01' + {}",
    }
    types = {
        place: "text" if f"c{place}" in masked else ("smallint", "int", "date")[place % 3]
        for place in places
    }
    columns = ", ".join(f"c{place} {type_name}" for place, type_name in types.items())
    values = ", ".join(
        kinds[name].replace("{}", f"(n % 1000 + {at})") for at, name in types.items()
    )
    return Kind(
        table=f"id bigint, {columns}",
        fill=f"INSERT INTO kind SELECT n, {values} FROM generate_series(1, {WIDE_ROWS}) AS n",
        rules=dict.fromkeys(masked, "{action: fake, provider: email}"),
        rows=WIDE_ROWS,
    )


KINDS = {
    "uuid": _pair("uuid", "md5({}::text)::uuid", "{action: hash}"),
    "inet": _pair("inet", "'10.0.0.0'::inet + ({})::bigint % 16777216", "{action: hash}"),
    "enum": _pair("mood", MOOD, "{action: hash}"),
    "arrays of text": _pair(
        "text[]", f"ARRAY[{MAIL}, 'b' || {MAIL}]", "{action: fake, provider: email}"
    ),
    "bytea": _pair("bytea", "decode(md5({}::text), 'hex')", "{action: hash}"),
    "arrays of enums": _pair("mood[]", f"ARRAY[{MOOD}, {MOOD}]", "{action: hash}", "text"),
    "texts beside an array of enums": Kind(
        table=BESIDE.format(columns="one text, two text, moods mood[]"),
        fill=BESIDE_FILL.format(
            values=f"{MAIL}, {MAIL}, ARRAY[{MOOD}]".replace("{}", "n"), rows=ROWS
        ),
        rules=dict.fromkeys(("one", "two"), "{action: fake, provider: email}"),
        form="text",
    ),
    f"{WIDE_COLUMNS} columns, 5 masked": _wide(),
    f"{NARROW_ROWS:,} rows x 2 columns": Kind(
        table="id bigint, email text",
        fill=f"INSERT INTO kind SELECT n, {MAIL.replace('{}', 'n')}"
        f" FROM generate_series(1, {NARROW_ROWS}) AS n",
        rules={"email": "{action: fake, provider: email}"},
        rows=NARROW_ROWS,
    ),
}


def run(dsn: str, rounds: int, names: list[str] | None = None) -> dict[str, float]:
    """Time each kind of table beside the raw pipe of the same table."""
    found = {}
    for name, kind in KINDS.items():
        if names and name not in names:
            continue
        with databases(dsn) as (source, target):
            _fill(source, kind)
            definition = f"{MOODS}; CREATE TABLE kind ({kind.table})"
            rules = ", ".join(f"{column}: {rule}" for column, rule in kind.rules.items())
            policy = f"{UNMASKED}tables: {{public.kind: {{columns: {{{rules}}}}}}}\n"
            ways = {"raw pipe": pipe_of("kind", definition, kind.form), "masked": way(policy)}
            print(f"### {name}: {kind.rows:,} rows\n")
            best = best_of(ways, source, target, rounds)
        print_runs(best, kind.rows)
        print()
        found[name] = round(best["masked"].seconds / best["raw pipe"].seconds, 3)
    return found


def _fill(source: str, kind: Kind) -> None:
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(MOODS)
        connection.execute(f"CREATE TABLE kind ({kind.table})")
        connection.execute(kind.fill)
        connection.execute("VACUUM ANALYZE kind")
