"""Prints what a refresh has done: rows, checks, the proof, and what a person should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.cli.output import counted, print_result
from privaci_dagster.cli.refresh_job import (
    evaluations_of,
    left_out_of,
    matters_to_review,
    rows_by_table,
    suspected_columns,
)
from privaci_dagster.failures import sentences_in
from privaci_dagster.project import proofs_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dagster import AssetCheckEvaluation, ExecuteInProcessResult

    from privaci_dagster.cli.run_output import Output
    from privaci_dagster.project import Project

# How many columns to review are named; `privaci plan` lists all.
NAMED_COLUMNS = 3


def print_summary(project: Project, result: ExecuteInProcessResult, output: Output) -> None:
    """Print what was copied, where the proof is, and which columns to review."""
    rows, suspected = rows_by_table(result), suspected_columns(result)
    left_out = left_out_of(result)
    total = sum(rows.values())
    checks = {check.check_name: check.passed for check in evaluations_of(result)}
    refresh = result.dagster_run.tags.get(REFRESH_TAG, result.run_id)
    value = {
        "run": result.run_id,
        "tables": rows,
        "rows": total,
        **({"orphans_left_out": left_out} if left_out else {}),
        "checks": checks,
        "suspected_columns": len(suspected),
        "proof": str(proofs_in(output.home, project.environ) / refresh),
    }
    passed = f"{sum(checks.values())} of {counted(len(checks), 'check')} passed"
    lines = [
        f"{counted(len(rows), 'table')}, {counted(total, 'row')}, {passed}",
        *checks_to_review(evaluations_of(result)),
        *_left_out(left_out),
        f"run {result.run_id} in {output.home}; its proof: privaci report",
        *columns_to_review(suspected),
        *_first(matters_to_review(result)),
    ]
    print_result(output.form, value, lines)


def checks_to_review(checks: Sequence[AssetCheckEvaluation]) -> Iterator[str]:
    """The checks that did not pass and stop nothing, each with what it found and what to do."""
    for check in checks:
        if not check.passed:
            yield f"to review: the check {check.check_name} did not pass"
            yield from (f"  {sentence}" for sentence in sentences_in(check))


def _left_out(counts: Mapping[str, int]) -> list[str]:
    """The line that says how many of the rows were left out again, and of which tables."""
    if not counts:
        return []
    tables = ", ".join(f"{table} {count:,}" for table, count in sorted(counts.items()))
    total = sum(counts.values())
    words = "row refers to no row, and was" if total == 1 else "rows refer to no row, and were"
    return [f"{total:,} of the {words} left out: {tables}"]


def _first(notes: Sequence[str]) -> list[str]:
    """Some notes, and how many more there are."""
    more = len(notes) - NAMED_COLUMNS
    rest = [f"  and {more} more: `privaci plan` lists all"] if more > 0 else []
    return [*notes[:NAMED_COLUMNS], *rest]


def columns_to_review(suspected: Sequence[str]) -> list[str]:
    """The lines that name unmasked columns that look personal, and how many more there are."""
    if not suspected:
        return []
    one = len(suspected) == 1
    words = "column looks personal and is" if one else "columns look personal and are"
    lines = [f"{len(suspected)} unlisted {words} copied unmasked:"]
    lines += [f"  {column}" for column in suspected[:NAMED_COLUMNS]]
    more = len(suspected) - NAMED_COLUMNS
    lines += [f"  and {more} more: `privaci plan` lists all"] if more > 0 else []
    return [" ".join((lines[0], lines[1].strip()))] if one else lines
