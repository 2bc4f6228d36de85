"""Keeps in the target which rows are whose: runs, their rows, and rows that a run has to itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.test_runs import create_registry, has_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from privaci_core.postgres.session import Connection

# Two processes that open the target at once create the tables one after the other.
ONE_AT_A_TIME = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(%s, 0))"
LOCK_NAME = "privaci test data registry"
COLUMNS = (
    "run, request, scenario, invoker, status, created, expires, ended, strategy, seed,"
    " constraints, requirement_ids, refresh, database_name"
)
ADD_RUN = """
INSERT INTO _privaci.test_run (run, request, scenario, invoker, status, created, expires, strategy,
                               seed, constraints, requirement_ids, refresh, database_name,
                               token_sha256)
SELECT %(run)s, %(request)s, %(scenario)s, %(invoker)s, %(status)s, now.now,
       now.now + %(ttl)s::interval, %(strategy)s, %(seed)s, %(constraints)s, %(requirement_ids)s,
       %(refresh)s, %(database_name)s, %(token_sha256)s
FROM pg_catalog.clock_timestamp() AS now (now) RETURNING expires
"""
# What is reserved is sorted: two requests that want the same rows cannot wait for one another.
ADD_ROWS = """
WITH given AS (
    SELECT * FROM pg_catalog.jsonb_to_recordset(%(rows)s) AS given (
        ordinal int, role text, relation text, key jsonb, found boolean, reserved boolean,
        before jsonb, around jsonb)
), kept AS (
    INSERT INTO _privaci.test_row
        (run, ordinal, role, relation, key, found, reserved, before, around)
    SELECT %(run)s, given.* FROM given
)
INSERT INTO _privaci.test_reservation (relation, key, run)
SELECT DISTINCT relation, key, %(run)s FROM given WHERE reserved OR NOT found ORDER BY 1, 2
"""
RUNS = f"""
SELECT {COLUMNS} FROM _privaci.test_run
WHERE (%(scenario)s::text IS NULL OR scenario = %(scenario)s)
  AND (%(since)s::timestamptz IS NULL OR created >= %(since)s) ORDER BY run
"""  # noqa: S608 - names of columns alone
RUN = f"SELECT {COLUMNS}, token_sha256 FROM _privaci.test_run WHERE run = %s"  # noqa: S608 - see above
ROWS = """
SELECT ordinal, role, relation, key, found, reserved, before, around
FROM _privaci.test_row WHERE run = %s ORDER BY ordinal
"""
EXPIRED = """
SELECT run FROM _privaci.test_run
WHERE status IN ('creating', 'ready') AND expires <= pg_catalog.clock_timestamp() ORDER BY run
"""
CLOSE = """
WITH closed AS (
    UPDATE _privaci.test_run SET status = %(status)s, ended = pg_catalog.clock_timestamp()
    WHERE run = %(run)s
), no_rows AS (
    DELETE FROM _privaci.test_row WHERE run = %(run)s
)
DELETE FROM _privaci.test_reservation WHERE run = %(run)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run: what was asked, by whom, and until when its rows stay."""

    run: str
    request: str
    scenario: str
    invoker: str
    # creating, ready, cleaned by a reset, or ended by a refresh.
    status: str
    created: datetime
    expires: datetime
    ended: datetime | None
    strategy: str
    seed: str = field(repr=False)
    constraints: Mapping[str, Any] = field(repr=False)
    requirement_ids: Sequence[str]
    # Which refresh's rows the run's rows were put beside.
    refresh: str
    # The database that the run has to itself, if it has one.
    database_name: str | None
    token_sha256: bytes = field(default=b"", repr=False)

    @property
    def is_open(self) -> bool:
        """Whether its rows may still be in the target."""
        return self.status in {"creating", "ready"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A row of a run as the registry keeps it."""

    ordinal: int
    role: str
    relation: str
    key: dict[str, str] = field(repr=False)
    found: bool
    reserved: bool
    # The values of a found row as the request found it.
    before: dict[str, str | None] | None = field(default=None, repr=False)
    # Of a reserved row: by foreign key, which rows referred to it already.
    around: dict[str, list[str]] | None = field(default=None, repr=False)


def prepare_registry(connection: Connection) -> None:
    """Create the registry where it is missing."""
    with driver_errors("Creating the registry of test data in the target"):
        if has_registry(connection):
            return
        with connection.transaction():
            connection.execute(ONE_AT_A_TIME, [LOCK_NAME])
            if not has_registry(connection):
                create_registry(connection)


def add_run(connection: Connection, values: Mapping[str, Any]) -> datetime:
    """Register a run; returns when it expires."""
    given = {
        **values,
        "constraints": Jsonb(values["constraints"]),
        "requirement_ids": list(values["requirement_ids"]),
    }
    (expires,) = connection.execute(ADD_RUN, given).fetchone() or (None,)
    assert expires is not None  # noqa: S101 - the statement returns one row
    return expires  # type: ignore[no-any-return]


def add_rows(connection: Connection, run: str, rows: Sequence[KeptRow]) -> None:
    """Register the rows of a run; a row that another run has is refused by the unique key."""
    given = [
        {
            "ordinal": row.ordinal,
            "role": row.role,
            "relation": row.relation,
            "key": row.key,
            "found": row.found,
            "reserved": row.reserved,
            "before": row.before,
            "around": row.around,
        }
        for row in rows
    ]
    connection.execute(ADD_ROWS, {"run": run, "rows": Jsonb(given)})


def find_run(connection: Connection, run: str, *, lock: bool = False) -> Run | None:
    """A run by its name, with the hash of its token; `lock` makes other resets of it wait."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(f"{RUN} FOR UPDATE" if lock else RUN, [run]).fetchone()


def all_runs(
    connection: Connection, scenario: str | None = None, since: datetime | None = None
) -> tuple[Run, ...]:
    """The runs of a scenario, or of all, oldest first."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        return tuple(cursor.execute(RUNS, {"scenario": scenario, "since": since}).fetchall())


def rows_of(connection: Connection, run: str) -> tuple[KeptRow, ...]:
    """The rows of a run in the order in which they were inserted."""
    with connection.cursor(row_factory=class_row(KeptRow)) as cursor:
        return tuple(cursor.execute(ROWS, [run]).fetchall())


def expired_runs(connection: Connection) -> tuple[str, ...]:
    """The open runs whose time is over."""
    return tuple(run for (run,) in connection.execute(EXPIRED).fetchall())


def open_run(connection: Connection, run: str) -> None:
    """Note that a run's own database is ready."""
    connection.execute("UPDATE _privaci.test_run SET status = 'ready' WHERE run = %s", [run])


def close_run(connection: Connection, run: str, status: str) -> int:
    """Note that a run has no rows any more; returns how many reservations it held."""
    return connection.execute(CLOSE, {"run": run, "status": status}).rowcount
