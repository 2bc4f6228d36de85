"""The subcommand that rehearses a refresh: it masks real rows and writes none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.plan.show import lines_of, show
from privaci_core.plan.text_table import markdown_table, text_table
from privaci_core.postgres.session import source_session, target_session
from privaci_core.refresh.open import plan_of
from privaci_core.stream.dry_run import dry_run_tables
from privaci_core.target.make_room import refuse_unsafe_target, tables_with_rows
from privaci_core.target.swap import settings_beside
from privaci_dagster.cli.destination import refuse_unknown_place, write_document
from privaci_dagster.cli.options import Config, Source, Target, WeakSalt, environ_with
from privaci_dagster.cli.output import Form, FormOption, counted, duration, print_result, size
from privaci_dagster.project import POLICY_FILE, TARGET_VARIABLE, Project
from privaci_dagster.scratch_target import refuse_two_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.plan.show import Line
    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.dry_run import DryRun

HEAD = ("table", "rows", "size", "masked", "rehearsed", "would take")
REHEARSED_ROWS = 1000
# What a refresh would do with tables that hold rows, by the policy's on_existing_data.
EFFECTS = {
    "fail": "a refresh would refuse it (on_existing_data: fail)",
    "truncate": "a refresh would truncate them (on_existing_data: truncate)",
    "drop_create": "a refresh would drop them (on_existing_data: drop_create)",
    "swap": "they serve until the new copy has passed its checks (on_existing_data: swap)",
}


def dry_run(
    config: Config = POLICY_FILE,
    source: Source = "",
    target: Target = "",
    rows: Annotated[
        int, typer.Option(min=1, help="How many rows of each table are read and masked.")
    ] = REHEARSED_ROWS,
    report: Annotated[
        str,
        typer.Option(
            metavar="<path or URL>", help="Write all columns and tables as Markdown, for a review."
        ),
    ] = "",
    weak_salt: WeakSalt = False,
    form: FormOption = "text",
) -> None:
    """Mask some rows of every table and write none.

    Shows what would fail, and how long a refresh would take.
    """
    environ = environ_with(source=source, target=target, weak_salt=weak_salt)
    rehearse(Project(policy_path=config, environ=environ), rows, report, form)


def rehearse(project: Project, rows: int, report: str, form: Form) -> None:
    """Mask so many rows of every table, and print what was found."""
    refuse_unknown_place(report)
    with ExitStack() as stack:
        found, columns, notes = _rehearse(project, rows, stack)
    masked = sum(column.masks for column in columns)
    if report:
        write_document(report, _markdown(found, columns, notes).encode())
    tables = [{**asdict(each), "whole_seconds": round(each.whole_seconds, 2)} for each in found]
    value = {"tables": tables, "masked_columns": masked, "target": notes}
    lines = [*text_table(HEAD, _cells(found)), "", *notes, _total(found, masked)]
    print_result(form, value, lines)


def _rehearse(
    project: Project, rows: int, stack: ExitStack
) -> tuple[Sequence[DryRun], Sequence[Line], list[str]]:
    """Mask rows of each table; returns the rehearsals, the plan and notes on the target."""
    policy = project.policy()
    keys = project.keys(policy)
    dsn = stack.enter_context(project.source())
    source = stack.enter_context(source_session(dsn))
    catalog = read_catalog(source)
    plan = plan_of(source, catalog, policy)
    refuse_unreadable(source, [(table.schema, table.relation) for table in plan.tables])
    notes = _target_notes(source, policy, project, stack)
    found = dry_run_tables(source, catalog, plan, keys, rows)
    return found, lines_of(plan, catalog), notes


def _target_notes(
    source: Connection, policy: Policy, project: Project, stack: ExitStack
) -> list[str]:
    """What would happen to the target, if one is named; an unsafe one is refused."""
    refuse_two_targets(project, policy)
    if policy.writes_files_alone:
        return ["files are written instead of a target (sink.instead_of_target)"]
    if not project.environ.get(project.target_variable):
        return [f"no target was named ({TARGET_VARIABLE}), so none was checked"]
    dsn = stack.enter_context(project.target())
    connection = stack.enter_context(target_session(dsn, autocommit=True))
    refuse_unsafe_target(source, connection)
    if policy.on_existing_data == "swap":
        settings_beside(connection, dsn, "next")
    full = len(tables_with_rows(connection))
    if not full:
        return ["the target holds no rows: a refresh would start at once"]
    held = f"the target holds {counted(full, 'table')} with rows"
    return [f"{held}: {EFFECTS[policy.on_existing_data]}"]


def _markdown(found: Sequence[DryRun], columns: Sequence[Line], notes: Sequence[str]) -> str:
    """The report for a review."""
    tables = markdown_table(HEAD, _cells(found))
    parts = ["# What a refresh would do", "", *notes, "", *tables, "", show(columns, "markdown")]
    return "\n".join([*parts, ""])


def _cells(found: Sequence[DryRun]) -> Iterator[tuple[str, ...]]:
    for each in found:
        about = "" if each.read_rows >= each.rows else "about "
        yield (
            each.table,
            f"{about}{each.rows:,}",
            size(each.size_bytes),
            counted(len(each.masked), "column") if each.masked else "-",
            f"{each.read_rows:,}",
            duration(each.whole_seconds),
        )


def _total(found: Sequence[DryRun], masked: int) -> str:
    rows = sum(each.rows for each in found)
    seconds = sum(each.whole_seconds for each in found)
    counts = ", ".join(
        (counted(len(found), "table"), counted(rows, "row"), counted(masked, "masked column"))
    )
    return f"{counts}: about {duration(seconds)} in one stream"
