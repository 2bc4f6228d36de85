"""Measures in the target how many rows look alike by the columns that could tell a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.prove.evidence import session_in_target
from privaci_core.prove.nouns import counted
from privaci_core.prove.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.plan.risk import RiskPlan, RiskTable
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.evidence import Evidence

# What is counted where the policy names no k of its own.
USUAL_K = 5
REMEDY = (
    "Coarsen them (generalize, bucket), mask more of them, or leave such rows out with `where`."
)
# A class is the rows that share all quasi-identifiers; `lone` counts values that one row has.
# GROUPING tells the class of all columns (0) from those of each column alone.
MEASURE = sql.SQL("""
SELECT named, pg_catalog.sum(size), pg_catalog.count(*), pg_catalog.min(size),
       coalesce(pg_catalog.sum(size) FILTER (WHERE size < {k}), 0),
       pg_catalog.count(*) FILTER (WHERE size = 1), pg_catalog.min(kinds)
FROM (SELECT GROUPING({columns}) AS named, pg_catalog.count(*) AS size, {kinds} AS kinds
      FROM (SELECT {values} FROM {table}) AS row GROUP BY GROUPING SETS ({sets})) AS class
GROUP BY named
""")
KINDS = sql.SQL("pg_catalog.count(DISTINCT ROW({}))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How the rows of one table hide: groups of rows that share their quasi-identifiers."""

    rows: int = 0
    classes: int = 0
    smallest: int = 0
    # Rows in groups of fewer than k.
    exposed: int = 0
    # The fewest different sensitive values in a group; None where none is named.
    diversity: int | None = None
    # By column, how many rows alone have their value.
    alone: dict[str, int]


def k_anonymity(evidence: Evidence) -> Verdict:
    """Measure each table that the policy names; a group below its k or l is a difference."""
    risk = evidence.copy.plan.risk
    if risk is None:
        return Verdict(differences={}, not_asked="The policy asks for no measuring of risk.")
    with session_in_target(evidence.copy) as target:
        found = {
            table.table: measure(target, evidence.copy.catalog.by_name[table.table].identifier,
                                 table, risk.k or USUAL_K)
            for table in risk.tables
        }  # fmt: skip
    said = {table.table: _said(risk, table, found[table.table]) for table in risk.tables}
    return Verdict(
        differences={name: found[name].smallest for name, sentences in said.items() if sentences},
        said=said,
        details=_details(risk, found),
    )


def measure(target: Connection, name: sql.Identifier, table: RiskTable, k: int) -> Measured:
    """How many rows of a table look alike."""
    wanted = (*table.columns, *table.sensitive)
    # As text: any type can be compared, and nothing but equality matters.
    values = [
        sql.SQL("{}::pg_catalog.text AS {}").format(sql.Identifier(column), _alias(number))
        for number, column in enumerate(wanted)
    ]
    own = [_alias(number) for number in range(len(table.columns))]
    hidden = [_alias(number) for number in range(len(own), len(wanted))]
    counts = [KINDS.format(column) for column in hidden]
    each_alone = [_listed([column]) for column in own] if len(own) > 1 else []
    query = MEASURE.format(
        k=sql.Literal(k),
        columns=_comma(own),
        kinds=sql.SQL("LEAST({})").format(_comma(counts)) if counts else sql.SQL("NULL::int"),
        values=_comma(values),
        table=name,
        sets=_comma([_listed(own), *each_alone]),
    )
    with driver_errors(f"Measuring how many rows of {table.table} look alike"):
        by_mask = {named: numbers for named, *numbers in target.execute(query)}
    return _measured(table, by_mask)


def _measured(table: RiskTable, by_mask: dict[int, list[Any]]) -> Measured:
    every = (1 << len(table.columns)) - 1
    alone = {
        column: int(by_mask.get(every ^ (1 << place), [0] * 5)[4])
        for place, column in zip(reversed(range(len(table.columns))), table.columns, strict=True)
    }
    if 0 not in by_mask:
        return Measured(alone=alone)
    rows, classes, smallest, exposed, _, diversity = by_mask[0]
    return Measured(
        rows=int(rows),
        classes=int(classes),
        smallest=int(smallest),
        exposed=int(exposed),
        diversity=None if diversity is None else int(diversity),
        alone=alone,
    )


def _said(risk: RiskPlan, table: RiskTable, found: Measured) -> list[str]:
    """Why a table is below what the policy asks for; empty where it is not."""
    return [f"{table.table}: {why}. {REMEDY}" for why in _below(risk, table, found)]


def _below(risk: RiskPlan, table: RiskTable, found: Measured) -> Iterator[str]:
    together = ", ".join(table.columns)
    if risk.k is not None and found.rows and found.smallest < risk.k:
        share = 100 * found.exposed / found.rows
        yield (
            f"{found.exposed:,} of {counted(found.rows, 'row', 'rows')} ({share:.1f} %) are in"
            f" groups of fewer than {risk.k} that share their {together}; the smallest group has"
            f" {counted(found.smallest, 'row', 'rows')}"
        )
    if risk.l is not None and found.diversity is not None and found.diversity < risk.l:
        yield (
            f"a group of rows that share their {together} has"
            f" {counted(found.diversity, 'value', 'different values')} of"
            f" {', '.join(table.sensitive)}; the policy asks for {risk.l}"
        )


def _details(risk: RiskPlan, found: dict[str, Measured]) -> dict[str, Any]:
    named: dict[str, Any] = {
        "k": risk.k or USUAL_K,
        "l": risk.l or "",
        "quasi_identifiers": {table.table: list(table.columns) for table in risk.tables},
        "sensitive_columns": {
            table.table: list(table.sensitive) for table in risk.tables if table.sensitive
        },
        "columns_guessed": "yes" if risk.guessed else "",
        "rows_measured": {name: one.rows for name, one in found.items()},
        "smallest_class": {name: one.smallest for name, one in found.items()},
        "rows_below_k": {name: one.exposed for name, one in found.items()},
        "share_below_k": {
            name: round(one.exposed / one.rows, 4) if one.rows else 0.0
            for name, one in found.items()
        },
        "rows_told_by_one_column": {
            f"{name}.{column}": count
            for name, one in found.items()
            for column, count in one.alone.items()
            if count
        },
        "fewest_sensitive_values": {
            name: one.diversity for name, one in found.items() if one.diversity is not None
        },
    }
    return {name: value for name, value in named.items() if value not in ("", {})}


def _alias(number: int) -> sql.Identifier:
    return sql.Identifier(f"q{number}")


def _listed(columns: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL("({})").format(_comma(columns))


def _comma(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
