"""Judges the rows of a copy: as many as the source has, and all of them as they were sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.encoding import is_without_encoding, stores_any_bytes
from privaci_core.postgres.names import column_name
from privaci_core.postgres.together import parts_of
from privaci_core.prove.evidence import session_in_target, tables_of
from privaci_core.prove.ledgers import NO_LEDGER, different_rows
from privaci_core.prove.verdict import Verdict
from privaci_core.stream.tally import EMPTY, NO_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.evidence import Evidence
    from privaci_core.stream.ledger import Ledger

# Why a value stayed that there was none of.
NO_VALUES = frozenset({NO_VALUE, EMPTY})


UNDISTURBED = "Find what writes to the target during the load; the target stays marked unfinished."
BYTES_COUNT = (
    "The target's encoding is SQL_ASCII, which counts bytes where the source counts letters:"
    " create the target with ENCODING 'UTF8', or with that of the source."
)


def same_rows(evidence: Evidence) -> Verdict:
    """Compare how many rows the policy selects in the source with how many the target has.

    Orphans that were left out are missing, each of them recorded when it was; nothing else may be.
    """
    found, left_out = evidence.ledgers.found, evidence.ledgers.left_out
    selected = source_rows(evidence.copy, evidence.source)
    expected = {table: count - left_out.get(table, 0) for table, count in selected.items()}
    counts = {table: (count, _rows(found, table)) for table, count in expected.items()}
    return Verdict(
        differences=differing(counts),
        details={
            "tables": len(counts),
            "rows": sum(expected.values()),
            **({"orphans_left_out": dict(sorted(left_out.items()))} if left_out else {}),
        },
    )


def rows_are_masked(evidence: Evidence) -> Verdict:
    """Compare every row of every table with what the stream sent."""
    ledgers = evidence.ledgers
    missing = [table for table in tables_of(evidence.copy) if table not in ledgers.expected]
    return verdict_of_rows(ledgers.expected, ledgers.found, missing)


def verdict_of_rows(
    expected: Mapping[str, Ledger], found: Mapping[str, Ledger], missing: list[str]
) -> Verdict:
    """The verdict on ledgers; `missing` names the tables without one."""
    columns = [column for ledger in expected.values() for column in ledger.columns.values()]
    kept = sum((Counter(column.stayed) for column in columns), Counter[str]())
    return Verdict(
        differences=different_rows(expected, found) | dict.fromkeys(missing, NO_LEDGER),
        details={
            "rows": sum(ledger.rows for ledger in expected.values()),
            "values": sum(ledger.rows * len(ledger.columns) for ledger in expected.values()),
            "masked_columns": sum(bool(column.changed or column.stayed) for column in columns),
            "masked_values": sum(column.changed for column in columns),
            "kept_values": dict(sorted(kept.items())),
            "change_rates": change_rates(expected),
        },
    )


def change_rates(ledgers: Mapping[str, Ledger]) -> dict[str, float]:
    """The share of values that masking changed, by column; NULL and empty values do not count."""
    rates = {}
    for table, ledger in ledgers.items():
        for name, column in sorted(ledger.columns.items()):
            kept = sum(count for why, count in column.stayed.items() if why not in NO_VALUES)
            if column.changed or kept:
                rates[column_name(table, name)] = round(column.changed / (column.changed + kept), 4)
    return rates


def prove_rows(evidence: Evidence) -> None:
    """Refuse to publish a target whose tables do not hold what was loaded."""
    wrong = rows_are_masked(evidence).wrong
    if wrong:
        remedy = BYTES_COUNT if _counts_bytes(evidence) else UNDISTURBED
        tables = [f"{table}: {why}" for table, why in wrong.items()]
        raise CopyError(
            "Comparing the target's rows with what was loaded, before publication",
            "\n    - ".join(["tables differ", *tables]),
            remedy,
        )


def _counts_bytes(evidence: Evidence) -> bool:
    """Whether the target counts bytes where the source counts letters: char(n) is padded less."""
    with session_in_target(evidence.copy) as target:
        return stores_any_bytes(target) and not is_without_encoding(evidence.copy.catalog.encoding)


def source_rows(copy: Copy, source: Connection) -> dict[str, int]:
    """How many rows of each table the policy selects from the source's snapshot."""
    counts = Counter[str]()
    for part in parts_of(copy.plan.tables):
        # To count locks the table's indexes too, until the rollback; the snapshot stays.
        doing = driver_errors("Counting the rows of the source")
        with doing, source.transaction(force_rollback=True):
            for table in part:
                counts[copy.root_of(table)] += _count(source, table)
    return dict(counts)


def differing(counts: Mapping[str, tuple[int, int]]) -> dict[str, list[int]]:
    """The tables whose two row counts differ: how many rows should be there, and how many are."""
    return {
        table: [expected, found] for table, (expected, found) in counts.items() if expected != found
    }


def _count(source: Connection, table: TablePlan) -> int:
    """How many rows of a table are to be copied; those of a subset were read one by one."""
    if table.rows is not None:
        return len(table.rows)
    query = sql.SQL("SELECT pg_catalog.count(*) FROM ONLY {}").format(table.identifier)
    if table.condition:
        query += sql.SQL(" WHERE {}").format(table.condition)
    with driver_errors(f"Counting the rows of {table.name}"):
        ((count,),) = source.execute(query).fetchall()
    return int(count)


def _rows(found: Mapping[str, Ledger], table: str) -> int:
    return found[table].rows if table in found else 0
