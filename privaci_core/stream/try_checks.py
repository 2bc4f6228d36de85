"""Tries fakes of sampled rows against the check constraints that they will meet, before anything is copied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
import psycopg
from psycopg import sql

from privaci_core.masks import Keys
from privaci_core.plan.inputs import named
from privaci_core.policy import AiRefine, NerMask, Shuffle, Template
from privaci_core.stream.bind_columns import bind_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, Check, Column
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.policy import Finding, Policy
    from privaci_core.postgres.session import Connection

ROWS = 100
PROBE = Keys.of(b"", b"")
# What looks beyond the value, or takes long: their fakes meet the check in the target alone.
NOT_TRIED = (Template, Shuffle, NerMask, AiRefine)
EXPRESSION = re.compile(r"CHECK (\(.*\))(?: NO INHERIT)?", re.DOTALL)


def broken_checks(
    source: Connection, catalog: Catalog, policy: Policy, plan: Plan
) -> Iterator[Finding]:
    """The checks of tables and domains that fakes break; those that cannot be evaluated by themselves are left."""
    seen: set[int] = set()
    for table in plan.tables:
        relation = catalog.by_name[table.name]
        root = catalog.root(relation)
        masked = {column.name: column for column in table.masked}
        for check in catalog.checks.get(relation.oid, ()) if root.oid not in seen else ():
            concerned = [masked[name] for name in check.columns if name in masked]
            if concerned and all(map(_can_be_tried, concerned)):
                columns = [
                    column for name in check.columns if (column := catalog.column(relation, name))
                ]
                broken = _broken(source, table, check, columns, concerned)
                if broken:
                    path = ("tables", named(root), "columns", concerned[0].name)
                    reason = f"fakes would break the check {check.name} ({broken} of up to {ROWS} sampled rows)"
                    remedy = "Use an action that keeps the form, as fpe, generalize or static do, or passthrough."
                    yield policy.finding(*path, reason=reason, remedy=remedy)
        seen.add(root.oid)


def _can_be_tried(column: ColumnPlan) -> bool:
    return column.when is None and not column.reads and not isinstance(column.action, NOT_TRIED)


def _broken(
    source: Connection,
    table: TablePlan,
    check: Check,
    columns: Iterable[Column],
    concerned: Iterable[ColumnPlan],
) -> int:
    """How many of some sampled rows break the check once they are masked, and did not before."""
    columns = list(columns)
    expression = EXPRESSION.fullmatch(check.definition)
    if expression is None:
        return 0
    texts = sql.SQL(", ").join(
        sql.SQL("{}::pg_catalog.text").format(sql.Identifier(c.name)) for c in columns
    )
    sampled = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        texts, table.identifier, sql.Literal(ROWS)
    )
    try:
        with source.transaction():
            rows = source.execute(sampled).fetchall()
            values = {c.name: [row[place] for row in rows] for place, c in enumerate(columns)}
            for column in concerned:
                fakes = bind_alone(column, PROBE)(
                    pl.Series(column.name, values[column.name], dtype=pl.String)
                )
                values[column.name] = fakes.to_list()
            return _count(source, columns, list(values.values()), expression[1])
    except psycopg.errors.CheckViolation:
        # Of a domain: the value could not even be made one.
        return len(rows)
    except psycopg.Error:
        # A check that looks at more than its row, or calls what this user may not: it will be met in the target.
        return 0


def _count(
    source: Connection, columns: list[Column], values: list[list[str | None]], expression: str
) -> int:
    # Types are spelled by Postgres itself, and so is the expression.
    made = sql.SQL(", ").join(
        sql.SQL("given.{0}::{1} AS {0}").format(sql.Identifier(c.name), sql.SQL(c.type))
        for c in columns
    )
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    arrays = sql.SQL(", ").join(
        [sql.SQL("pg_catalog.unnest(%s::pg_catalog.text[])")] * len(columns)
    )
    # A domain's own expression is about VALUE; making the value one has tried it.
    of_domain = re.search(r"\bVALUE\b", expression)
    broken = sql.SQL("false" if of_domain else f"NOT {expression.replace('%', '%%')}")
    query = sql.SQL(
        "WITH made AS MATERIALIZED (SELECT {} FROM ROWS FROM ({}) AS given ({}))"
        " SELECT pg_catalog.count(*) FILTER (WHERE {}), pg_catalog.count(made) FROM made"
    ).format(made, arrays, names, broken)
    return int((source.execute(query, values).fetchone() or (0,))[0])
