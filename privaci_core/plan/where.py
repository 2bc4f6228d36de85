"""Asks the source about each `where`: what it calls, and whether it is an expression there."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.errors import PreflightError
from privaci_core.plan.inputs import policy_name
from privaci_core.plan.where_moment import speaks_of_now
from privaci_core.policy.where import REMEDY, calls_in, without_comments
from privaci_core.policy.where_tokens import WhereError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.plan.subset import SubsetPlan
    from privaci_core.policy import Finding, Policy
    from privaci_core.postgres.session import Connection

MATCHES_NOTHING = "the start matches no row of the source"
OR_ACCEPT = "Correct it, or accept it with may_be_empty: true."
# Predicates that one statement tries.
MOST_TOGETHER = 100
# Whether each function or operator of a name is volatile; of a schema, else of Postgres's own.
# Two things that the catalog calls stable are the session's own: its number and its statistics.
VOLATILE = """
SELECT pg_catalog.bool_or(known.provolatile = 'v' OR known.proname ~ '^pg_(stat|backend_pid|my_)')
FROM pg_catalog.pg_proc AS known
JOIN pg_catalog.pg_namespace AS home ON home.oid = known.pronamespace
WHERE home.nspname = %(schema)s AND known.proname = %(name)s
"""
VOLATILE_OPERATOR = """
SELECT pg_catalog.bool_or(known.provolatile = 'v')
FROM pg_catalog.pg_operator AS operator
JOIN pg_catalog.pg_namespace AS home ON home.oid = operator.oprnamespace
JOIN pg_catalog.pg_proc AS known ON known.oid = operator.oprcode
WHERE home.nspname = %(schema)s AND operator.oprname = %(name)s
"""


def at_one_moment(plan: Plan, moment: datetime) -> Plan:
    """The plan whose predicates mean this moment wherever they say `now()`."""
    tables = (
        replace(table, moment=moment) if table.where and speaks_of_now(table.where) else table
        for table in plan.tables
    )
    return replace(plan, tables=tuple(tables), subset=_subset_at(plan, lambda _: moment))


def at_their_moments(plan: Plan, moment_of: Callable[[str], datetime | None]) -> Plan:
    """The plan whose predicates mean the moment at which each table's rows were chosen."""
    tables = (
        replace(table, moment=moment_of(table.name) or table.moment) if table.moment else table
        for table in plan.tables
    )
    return replace(plan, tables=tuple(tables), subset=_subset_at(plan, moment_of))


def _subset_at(plan: Plan, moment_of: Callable[[str], datetime | None]) -> SubsetPlan | None:
    """The subset whose starts mean these moments wherever they say `now()`."""
    if plan.subset is None:
        return None
    starts = (
        replace(start, moment=moment_of(start.table) or start.moment)
        if start.where and speaks_of_now(start.where)
        else start
        for start in plan.subset.starts
    )
    return replace(plan.subset, starts=tuple(starts))


def refused_predicates(
    source: Connection, catalog: Catalog, policy: Policy, plan: Plan
) -> Iterator[Finding]:
    """The predicates that call a volatile or unknown function, or that the server does not read."""
    yield from _refused_starts(source, catalog, policy, plan)
    ask = cache(partial(_is_volatile, source))
    refused: dict[str, WhereError] = {}
    tables = _asked(catalog, plan)
    for name, table in tables:
        with _noted(refused, name):
            _refuse_calls(ask, table.where or "")
    planned = [(name, table) for name, table in tables if name not in refused]
    if not _are_readable(source, [table for _, table in planned]):
        for name, table in planned:
            with _noted(refused, name):
                _refuse_unreadable(source, _selected(table))
    for name in dict.fromkeys(name for name, _ in tables if name in refused):
        error = refused[name]
        yield policy.finding("tables", name, "where", reason=error.reason, remedy=error.remedy)


def _refused_starts(
    source: Connection, catalog: Catalog, policy: Policy, plan: Plan
) -> Iterator[Finding]:
    """The starts of a subset whose predicates are refused, or that match no row."""
    ask = partial(_is_volatile, source)
    for number, start in enumerate(plan.subset.starts if plan.subset else ()):
        path = ("subset", "start", number)
        rows = start.rows_of(catalog.by_name[start.table])
        try:
            _refuse_calls(ask, start.where or "")
            _refuse_unreadable(source, rows)
        except WhereError as error:
            yield policy.finding(*path, "where", reason=error.reason, remedy=error.remedy)
            continue
        if not start.may_be_empty and _is_empty(source, rows):
            yield policy.finding(*path, reason=MATCHES_NOTHING, remedy=OR_ACCEPT)


def _is_empty(source: Connection, rows: sql.Composed) -> bool:
    try:
        with source.transaction(force_rollback=True):
            found = source.execute(sql.SQL("SELECT EXISTS ({})").format(rows)).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        # Privileges are checked later, on all tables at once.
        return False
    except psycopg.Error as error:
        # Its words may quote a value of the table.
        why = f"its predicate fails on a row ({type(error).__name__})"
        raise PreflightError("Looking for the start of the subset", why, REMEDY) from None
    return found == (False,)


def _asked(catalog: Catalog, plan: Plan) -> list[tuple[str, TablePlan]]:
    """The tables that have a predicate, by their names in the policy; of partitions the first."""
    asked: dict[tuple[str, str], TablePlan] = {}
    for table in plan.tables:
        if table.where is not None:
            name = policy_name(catalog.root(catalog.by_name[table.name]))
            asked.setdefault((name, table.where), table)
    return [(name, table) for (name, _), table in asked.items()]


@contextmanager
def _noted(refused: dict[str, WhereError], name: str) -> Iterator[None]:
    try:
        yield
    except WhereError as error:
        refused.setdefault(name, error)


def _refuse_calls(ask: Callable[[str, str, bool], bool | None], predicate: str) -> None:
    """Refuse what may write, read files, or answer differently each time: the catalog knows."""
    for call in calls_in(without_comments(predicate)):
        # The search path is empty: a name without a schema is one of Postgres's own.
        volatile = ask(call.schema or "pg_catalog", call.name, call.is_operator)
        if volatile is None:
            reason = f"the predicate calls {call}, which the source does not have"
            raise WhereError(reason, "Name the function's schema: public.name(..).")
        if volatile:
            reason = f"the predicate calls {call}, which is volatile: no two readers would agree"
            raise WhereError(reason, "Use functions that are immutable or stable; for time, now().")


def _is_volatile(
    source: Connection,
    schema: str,
    name: str,
    is_operator: bool,  # noqa: FBT001 - a fact
) -> bool | None:
    """Whether any function of the name is volatile; None if there is none."""
    asked = VOLATILE_OPERATOR if is_operator else VOLATILE
    named = {"schema": schema, "name": name}
    row: Sequence[bool | None] = source.execute(asked, named).fetchone() or (None,)
    return row[0]


def _are_readable(source: Connection, tables: Sequence[TablePlan]) -> bool:
    """Whether the source plans all predicates; one statement asks about many."""
    for at in range(0, len(tables), MOST_TOGETHER):
        part = map(_selected, tables[at : at + MOST_TOGETHER])
        try:
            with source.transaction(force_rollback=True):
                source.execute(sql.SQL("EXPLAIN {}").format(sql.SQL(" UNION ALL ").join(part)))
        except psycopg.Error:
            return False
    return True


def _selected(table: TablePlan) -> sql.Composed:
    """Selects what a predicate chooses."""
    return sql.SQL("SELECT 1 FROM ONLY {} WHERE {}").format(table.identifier, table.condition)


def _refuse_unreadable(source: Connection, selected: sql.Composed) -> None:
    """Refuse what is no boolean expression over the table; it is planned and not executed."""
    asked = sql.SQL("EXPLAIN {}").format(selected)
    try:
        with source.transaction(force_rollback=True):
            source.execute(asked)
    except psycopg.errors.InsufficientPrivilege:
        # Privileges are checked later, on all tables at once.
        return
    except psycopg.Error as error:
        # The server's words may quote a constant of the predicate, or a value of the table.
        why = f"the source cannot read it ({type(error).__name__})"
    else:
        return
    raise WhereError(f"the predicate is no boolean expression over the table: {why}", REMEDY)
