"""Compares a target with its source, one function per check; each returns names and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privaci_core.errors import CopyError
from privaci_core.policy import Passthrough, relation_name
from privaci_core.postgres.session import target_session
from privaci_core.prove.compare_rows import Compared, compare_rows, row_counts
from privaci_core.prove.search_originals import find_originals, originals

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from contextlib import AbstractContextManager

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.loading.copy import Copy
    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A loaded copy, the source, and how many rows of a table are searched for originals."""

    copy: Copy
    source: Connection = field(repr=False)
    rows_searched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check found, in names and counts."""

    # What is not as it should be, by the place where it was found.
    differences: Mapping[str, Any]
    # Places among them where the policy wants what was found.
    allowed: Container[str] = frozenset()
    # How much was looked at.
    details: Mapping[str, int | list[str] | dict[str, float]] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, Any]:
        """The differences that the policy does not allow."""
        return {
            place: found for place, found in self.differences.items() if place not in self.allowed
        }

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def same_rows(evidence: Evidence) -> Verdict:
    """Count the rows of every table on both ends."""
    counts = _row_counts(evidence.copy, evidence.source)
    return Verdict(differences=differing(counts), details={"tables": len(counts)})


def rows_are_masked(evidence: Evidence) -> Verdict:
    """Compare sampled rows of every table with what they became."""
    return verdict_of_rows(_compared_rows(evidence.copy, evidence.source))


def no_originals(evidence: Evidence) -> Verdict:
    """Search the whole target for originals of masked columns."""
    copy = evidence.copy
    with session_in_target(copy) as target:
        values = originals(evidence.source, copy.plan)
        found = find_originals(target, copy.ends.target, values, evidence.rows_searched)
    return Verdict(
        differences=found,
        allowed=passed_through(copy.catalog, copy.policy),
        details={"max_rows_per_table": evidence.rows_searched},
    )


def all_columns_reviewed(evidence: Evidence) -> Verdict:
    """Name the columns that look personal and are copied without a rule."""
    return Verdict(
        differences={
            f"{table}.{column}": f"{found.kind} ({found.evidence})"
            for table, column, found in evidence.copy.plan.suspected
            if found.confidence != "low"
        }
    )


def prove_rows(copy: Copy, source: Connection) -> None:
    """Refuse to publish a target whose tables have other row counts than they should."""
    different = differing(_row_counts(copy, source))
    if different:
        counts = [f"{name}: {found} of {expected}" for name, (expected, found) in different.items()]
        raise CopyError(
            "Comparing row counts before publication",
            "\n    - ".join(["tables have other row counts than the source", *counts]),
            "Find what writes to the target during the load; the target stays marked unfinished.",
        )


def session_in_target(copy: Copy) -> AbstractContextManager[Connection]:
    """A session that is in no transaction between its queries: servers may end idle ones."""
    return target_session(copy.ends.target, autocommit=True)


def differing(counts: Mapping[str, tuple[int, int]]) -> dict[str, list[int]]:
    """The tables whose two row counts differ: how many rows should be there, and how many are."""
    return {
        table: [expected, found] for table, (expected, found) in counts.items() if expected != found
    }


def verdict_of_rows(compared: Mapping[str, Compared | None]) -> Verdict:
    """The verdict on compared rows; a table without a key has none."""
    found = {table: rows for table, rows in compared.items() if rows is not None}
    return Verdict(
        differences={table: rows.wrong for table, rows in found.items() if not rows.holds},
        details={
            "rows": sum(rows.rows for rows in found.values()),
            "masked_values": sum(sum(rows.masked.values()) for rows in found.values()),
            "tables_without_a_key": sorted(set(compared) - set(found)),
            "change_rates": change_rates(found),
        },
    )


def change_rates(compared: Mapping[str, Compared]) -> dict[str, float]:
    """The share of compared values that masking changed, by column."""
    return {
        f"{table}.{column}": _share(rows.masked.get(column, 0), rows.kept.get(column, 0))
        for table, rows in compared.items()
        for column in sorted({*rows.masked, *rows.kept})
    }


def passed_through(catalog: Catalog, policy: Policy) -> frozenset[str]:
    """Columns that the policy copies unmasked by name, each as `schema.table.column`."""
    return frozenset(
        f"{relation.qualified}.{name}"
        for relation in catalog.relations
        if (rule := policy.tables.get(relation_name(relation.schema, relation.name)))
        for name, action in rule.columns.items()
        if isinstance(action, Passthrough)
    )


def nullable_references(
    catalog: Catalog, table: str, nulls_orphans: Container[int]
) -> frozenset[str]:
    """Columns of a table that become NULL where the row that they refer to is not copied."""
    oid = catalog.by_name[table].oid
    if oid not in nulls_orphans:
        return frozenset()
    keys = (key for key in catalog.foreign_keys if key.relation == oid)
    return frozenset(name for key in keys for name in key.columns)


def _share(changed: int, kept: int) -> float:
    return round(changed / (changed + kept), 4)


def _row_counts(copy: Copy, source: Connection) -> dict[str, tuple[int, int]]:
    with session_in_target(copy) as target:
        return {table.name: row_counts(source, target, table) for table in copy.plan.tables}


def _compared_rows(copy: Copy, source: Connection) -> dict[str, Compared | None]:
    """The comparison of each table; None where no key finds a row again."""
    compared: dict[str, Compared | None] = {}
    with session_in_target(copy) as target:
        for table in copy.plan.tables:
            may_be_null = nullable_references(copy.catalog, table.name, copy.plan.nulls_orphans)
            compared[table.name] = compare_rows(source, target, table, copy.ends.keys, may_be_null)
    return compared
