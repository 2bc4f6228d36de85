"""Builds the demo company in an empty database: the same size gives the same rows."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from privaci_core.errors import PreflightError
from privaci_core.postgres.session import session
from privaci_core.target.make_room import tables_with_rows

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

Tier = Literal["mini", "demo", "stress"]
SCHEMAS = ("public", "clinical", "auth", "audit_internal")
# A partition is no table of its own, but holds its table's rows.
COUNTS = """
SELECT pg_catalog.count(*) FILTER (WHERE NOT relispartition),
       pg_catalog.sum(greatest(reltuples, 0)) FILTER (WHERE relkind = 'r')::bigint
FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text = ANY (%s)
"""
WORDS = ("given", "family", "city")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many rows the main tables have; the others follow from these."""

    organizations: int
    users: int
    tickets: int
    messages: int
    invoices: int
    patients: int
    visits: int
    sessions: int
    events: int

    def times(self, factor: float) -> Size:
        """The same company, larger or smaller."""
        return Size(**{name: max(1, int(count * factor)) for name, count in asdict(self).items()})


DEMO = Size(
    organizations=40,
    users=4_000,
    tickets=20_000,
    messages=60_000,
    invoices=6_000,
    patients=20_000,
    visits=40_000,
    sessions=20_000,
    events=30_000,
)
MINI = Size(
    organizations=4,
    users=60,
    tickets=80,
    messages=240,
    invoices=40,
    patients=100,
    visits=200,
    sessions=60,
    events=120,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was built."""

    tables: int
    rows: int
    seconds: float


def fill(dsn: str, tier: Tier = "demo", rows: int = 1_000_000) -> Filled:
    """Create schema and rows in one transaction; `rows` is about how many the stress tier has."""
    start = time.monotonic()
    size = {"mini": MINI, "demo": DEMO, "stress": DEMO.times(rows / 300_000)}[tier]
    with session(dsn) as connection:
        _refuse_occupied(connection)
        _create_rows(connection, size)
        connection.commit()
        connection.autocommit = True
        connection.execute("REFRESH MATERIALIZED VIEW public.organization_stats")
        connection.execute("ANALYZE")
        counts = connection.execute(COUNTS, [list(SCHEMAS)]).fetchone()
    tables, total = counts or (0, 0)
    return Filled(tables=tables, rows=total, seconds=time.monotonic() - start)


def _create_rows(connection: Connection, size: Size) -> None:
    """Create the schema, and fill it by settings that say how many rows there are."""
    connection.execute(_script("schema"))
    _copy_words(connection)
    for name, count in asdict(size).items():
        setting = [f"demo.{name}", str(count)]
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", setting)
    connection.execute(_script("fill"))


def _refuse_occupied(connection: Connection) -> None:
    if tables_with_rows(connection):
        raise PreflightError(
            "Building the demo company",
            "the database holds tables with rows",
            "Name an empty database.",
        )


def _copy_words(connection: Connection) -> None:
    connection.execute("CREATE TEMPORARY TABLE demo_words (kind text, word text) ON COMMIT DROP")
    with connection.cursor().copy("COPY pg_temp.demo_words FROM STDIN") as copy:
        for kind in WORDS:
            words = files(__package__).joinpath("words", f"{kind}.txt")
            for word in words.read_text("utf-8").splitlines():
                copy.write_row((kind, word))


def _script(name: str) -> bytes:
    return files(__package__).joinpath(f"{name}.sql").read_bytes()
