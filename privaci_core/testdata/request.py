"""Makes the rows of a request in one transaction: planned, judged, inserted, registered, told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from privaci_core.postgres.driver_errors import what_failed
from privaci_core.testdata.answer import Answer, data_of, keys_of
from privaci_core.testdata.errors import Rejected, SeedFailed
from privaci_core.testdata.insert import PASSING, insert_rows
from privaci_core.testdata.locate import locate
from privaci_core.testdata.put_back import around
from privaci_core.testdata.registry import KeptRow, add_rows, add_run
from privaci_core.testdata.tokens import hash_of, uuid_of
from privaci_core.testdata.trigger_rows import rows_of_triggers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from privaci_core.catalog.catalog import Catalog, Column
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.bundle import Bundle, Row
    from privaci_core.testdata.events import Outlet, Trail
    from privaci_core.testdata.scenario import Scenario
    from privaci_core.testdata.validators import Verdict

    Judge = Callable[[Connection, Bundle], Sequence[Verdict]]

# Where the rows are that no request may take: those of other runs, found or created.
TAKEN = sql.SQL("_privaci.test_reservation")
RUN_COLUMN = "test_run_id"
# A column of the run's name: of these types, and wide enough.
TEXTS = frozenset({"text", "varchar", "bpchar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, by whom, and what it will be called."""

    run: str
    request: str
    scenario: Scenario
    constraints: Mapping[str, Any] = field(repr=False)
    invoker: str
    seed: str = field(repr=False)
    strategy: str
    ttl: timedelta
    token: str = field(repr=False)
    # The refresh whose rows the target holds.
    refresh: str

    @property
    def doing(self) -> str:
        """What is being done, for errors."""
        return f"Making rows for {self.scenario.scenario_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What makes the rows of a request, and what judges them; neither writes anything."""

    bundle: Callable[[Connection], Bundle]
    judge: Judge


def seed(
    connection: Connection,
    catalog: Catalog,
    wanted: Wanted,
    maker: Maker,
    trail: Trail,
    outlet: Outlet | None,
) -> Answer:
    """Write the rows of a request, their registration and their events: all of them, or none."""
    try:
        with connection.transaction():
            bundle = _judged(connection, catalog, wanted, maker, trail)
            trail.add("seed_started")
            # Before our own rows hang on them.
            reserved = _reserved(connection, catalog, bundle)
            rows = insert_rows(connection, catalog, bundle)
            # No check at the transaction's end may fail after the outlet has heard of the rows.
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            trail.add("seed_completed", outputs={"rows": _counts(rows)})
            answer = _registered(connection, catalog, wanted, rows, reserved)
            trail.add("fixtures_rendered", outputs={"rows": list(answer.rows)})
            trail.add("catalog_recorded", outputs={"expires": answer.expires.isoformat()})
            trail.write(connection, outlet)
            return answer
    except PASSING:
        raise
    except psycopg.Error as error:
        why = "Look at the column or constraint that is named, and at the triggers of the table."
        raise SeedFailed(wanted.doing, what_failed(error), why) from None


def _judged(
    connection: Connection, catalog: Catalog, wanted: Wanted, maker: Maker, trail: Trail
) -> Bundle:
    """The bundle of a request, which every rule has passed."""
    bundle = with_run_column(catalog, maker.bundle(connection))
    trail.add("plan_resolved", outputs={"rows": _counts(bundle.rows)})
    verdicts = maker.judge(connection, bundle)
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        told = [f"{verdict.name}: {verdict.message}" for verdict in failed]
        cause = "\n    - ".join([f"{len(failed)} of {len(verdicts)} rules failed", *told])
        what_to_do = "Change the constraints, or the scenario's values."
        rejected = Rejected(wanted.doing, cause, what_to_do)
        rejected.failed = tuple((verdict.name, verdict.message) for verdict in failed)
        raise rejected
    trail.add("validators_passed", outputs={"validators": [each.name for each in verdicts]})
    return bundle


def with_run_column(catalog: Catalog, bundle: Bundle) -> Bundle:
    """The bundle whose created rows name the run where their tables have a column for it."""
    return replace(bundle, rows=tuple(_naming_run(catalog, row, bundle.run) for row in bundle.rows))


def _naming_run(catalog: Catalog, row: Row, run: str) -> Row:
    column = catalog.by_place.get((catalog.by_name[row.table].oid, RUN_COLUMN))
    name = None if row.found or column is None or column.generated else _in_column(column, run)
    return row if name is None else replace(row, values={**row.values, RUN_COLUMN: name})


def _in_column(column: Column, run: str) -> str | None:
    """A run's name as a column holds it; None if the column cannot."""
    if column.is_array or column.scalar_schema != "pg_catalog":
        return None
    if column.scalar_type == "uuid":
        return uuid_of(run)
    fits = column.max_length is None or column.max_length >= len(run)
    return run if column.scalar_type in TEXTS and fits else None


def _reserved(
    connection: Connection, catalog: Catalog, bundle: Bundle
) -> dict[int, dict[str, list[str]]]:
    """Of each row that is reserved: which rows refer to it before the request does."""
    kept = [
        _kept(row, ordinal) for ordinal, row in enumerate(bundle.rows) if row.found and row.reserve
    ]
    if not kept:
        return {}
    found = around(connection, catalog, locate(connection, catalog, kept))
    return {
        ordinal: {name: sorted(rows) for name, rows in by_key.items()}
        for ordinal, by_key in found.items()
    }


def _registered(
    connection: Connection,
    catalog: Catalog,
    wanted: Wanted,
    rows: Sequence[Row],
    reserved: Mapping[int, dict[str, list[str]]],
) -> Answer:
    """Register the run and its rows; the answer to the request."""
    expires = add_run(connection, run_values(wanted))
    kept = [_kept(row, ordinal, reserved.get(ordinal)) for ordinal, row in enumerate(rows)]
    kept += _of_triggers(connection, catalog, kept)
    add_rows(connection, wanted.run, kept)
    return Answer(
        request_id=wanted.request,
        test_run_id=wanted.run,
        scenario=wanted.scenario.scenario_id,
        data=data_of(catalog, wanted.scenario, rows),
        rows=keys_of(rows),
        cleanup_token=wanted.token,
        expires=expires,
        seed=wanted.seed,
    )


def _of_triggers(
    connection: Connection, catalog: Catalog, kept: Sequence[KeptRow]
) -> list[KeptRow]:
    """What triggers have inserted beside the rows: a reset takes it out as well."""
    written = {catalog.by_name[row.relation].oid for row in kept if not row.found}
    known = {catalog.root_name(row.relation) for row in kept}
    new = [(table, key) for _, table, key in rows_of_triggers(connection, catalog, written, known)]
    return [
        KeptRow(ordinal=ordinal, role="", relation=table, key=key, found=False, reserved=False)
        for ordinal, (table, key) in enumerate(new, start=len(kept))
    ]


def run_values(
    wanted: Wanted, status: str = "ready", database_name: str | None = None
) -> dict[str, Any]:
    """What the registry keeps of a run."""
    return {
        "run": wanted.run,
        "request": wanted.request,
        "scenario": wanted.scenario.scenario_id,
        "invoker": wanted.invoker,
        "status": status,
        "ttl": wanted.ttl,
        "strategy": wanted.strategy,
        "seed": wanted.seed,
        "constraints": dict(wanted.constraints),
        "requirement_ids": wanted.scenario.linked_requirement_ids,
        "refresh": wanted.refresh,
        "database_name": database_name,
        "token_sha256": hash_of(wanted.token),
    }


def _kept(row: Row, ordinal: int, around_: dict[str, list[str]] | None = None) -> KeptRow:
    return KeptRow(
        ordinal=ordinal,
        role=row.role,
        relation=row.table,
        key=row.key,
        found=row.found,
        reserved=row.found and row.reserve,
        before=row.values if row.found else None,
        around=around_,
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows of each table a request creates."""
    return dict(sorted(Counter(row.table for row in rows if not row.found).items()))
