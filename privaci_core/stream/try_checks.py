"""Tries fakes of sampled rows against the check constraints that they will meet in the target."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import psycopg
from psycopg import sql

from privaci_core.masks import Keys
from privaci_core.plan.inputs import policy_name
from privaci_core.policy import AiRefine, NerMask, Shuffle, Template
from privaci_core.stream.bind_columns import bind_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Check, Column, Relation
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.policy import Finding, Policy
    from privaci_core.postgres.session import Connection

    Values = dict[str, list[str | None]]

ROWS = 100
PROBE = Keys.of(b"", b"")
# These read more than the value, or take long: the target alone tries their fakes.
NOT_TRIED = (Template, Shuffle, NerMask, AiRefine)
EXPRESSION = re.compile(r"CHECK (\(.*\))(?: NO INHERIT)?", re.DOTALL)
REMEDY = "Use an action that keeps the form, such as fpe, generalize or static, or passthrough."


def broken_checks(
    source: Connection, catalog: Catalog, policy: Policy, plan: Plan
) -> Iterator[Finding]:
    """The checks of tables and domains that fakes break; skips those that cannot be tried alone."""
    seen: set[int] = set()
    for table in plan.tables:
        relation = catalog.by_name[table.name]
        root = catalog.root(relation)
        masked = {column.name: column for column in table.masked}
        for check in catalog.checks.get(relation.oid, ()) if root.oid not in seen else ():
            concerned = [masked[name] for name in check.columns if name in masked]
            if concerned and all(map(_can_be_tried, concerned)):
                columns = _columns(catalog, relation, check)
                broken = _count_broken(source, table, check, columns, concerned)
                if broken:
                    path = ("tables", policy_name(root), "columns", concerned[0].name)
                    yield policy.finding(*path, reason=_reason(check, broken), remedy=REMEDY)
        seen.add(root.oid)


def _can_be_tried(column: ColumnPlan) -> bool:
    return column.when is None and not column.reads and not isinstance(column.action, NOT_TRIED)


def _columns(catalog: Catalog, relation: Relation, check: Check) -> list[Column]:
    return [column for name in check.columns if (column := catalog.column(relation, name))]


def _reason(check: Check, broken: int) -> str:
    return f"fakes would break the check {check.name} ({broken} of up to {ROWS} sampled rows)"


def _count_broken(
    source: Connection,
    table: TablePlan,
    check: Check,
    columns: list[Column],
    concerned: Iterable[ColumnPlan],
) -> int:
    """How many sampled rows break the check when masked, and did not before."""
    expression = EXPRESSION.fullmatch(check.definition)
    if expression is None:
        return 0
    values: Values = {}
    try:
        with source.transaction():
            values = _sample(source, table, columns)
            values |= _masked(values, concerned)
            return _count(source, columns, values, expression[1])
    except psycopg.errors.CheckViolation:
        # The check of a domain refuses the value itself.
        return max(map(len, values.values()), default=0)
    except psycopg.Error:
        # The check reads more than its row, or calls a function that this user may not call.
        return 0


def _sample(source: Connection, table: TablePlan, columns: list[Column]) -> Values:
    texts = [sql.SQL("{}::pg_catalog.text").format(sql.Identifier(c.name)) for c in columns]
    statement = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        sql.SQL(", ").join(texts), table.identifier, sql.Literal(ROWS)
    )
    rows = source.execute(statement).fetchall()
    return {column.name: [row[place] for row in rows] for place, column in enumerate(columns)}


def _masked(values: Mapping[str, list[str | None]], concerned: Iterable[ColumnPlan]) -> Values:
    return {
        column.name: bind_alone(column, PROBE)(
            pl.Series(column.name, values[column.name], dtype=pl.String)
        ).to_list()
        for column in concerned
    }


def _count(source: Connection, columns: list[Column], values: Values, expression: str) -> int:
    # Postgres itself wrote the types and the expression.
    made = sql.SQL(", ").join(
        sql.SQL("given.{0}::{1} AS {0}").format(sql.Identifier(c.name), sql.SQL(c.type))
        for c in columns
    )
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    arrays = sql.SQL(", ").join(
        [sql.SQL("pg_catalog.unnest(%s::pg_catalog.text[])")] * len(columns)
    )
    # The expression of a domain is about VALUE: the cast to the domain has tried it.
    of_domain = re.search(r"\bVALUE\b", expression)
    broken = sql.SQL("false" if of_domain else f"NOT {expression.replace('%', '%%')}")
    query = sql.SQL(
        "WITH made AS MATERIALIZED (SELECT {} FROM ROWS FROM ({}) AS given ({}))"
        " SELECT pg_catalog.count(*) FILTER (WHERE {}), pg_catalog.count(made) FROM made"
    ).format(made, arrays, names, broken)
    given = [values[column.name] for column in columns]
    return int((source.execute(query, given).fetchone() or (0,))[0])
