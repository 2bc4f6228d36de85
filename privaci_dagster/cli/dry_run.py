"""The subcommand that rehearses a refresh: every mask on real rows, and nothing written anywhere."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.privileges import refuse_unreadable
from privaci_core.plan.show import lines_of, show
from privaci_core.plan.text_table import markdown_table, text_table
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import source_session, target_session
from privaci_core.refresh.open import plan_of
from privaci_core.stream.dry_run import Rehearsal, rehearsed
from privaci_core.target.make_room import refuse_unsafe_target, tables_with_rows
from privaci_dagster.cli.options import Config, Source, Target
from privaci_dagster.cli.output import FormOption, duration, say, size
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE, Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection

HEAD = ("table", "rows", "size", "masked", "rehearsed", "would take")


def dry_run(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    rows: Annotated[
        int, typer.Option(min=1, help="How many rows of each table are read and masked.")
    ] = 1000,
    report: Annotated[
        Path | None, typer.Option(help="Write all columns and tables as Markdown, for a review.")
    ] = None,
    form: FormOption = "text",
) -> None:
    """Mask some rows of every table for real, and throw them away: what would fail, and how long all would take."""
    os.environ[SOURCE_VARIABLE] = source
    project = Project(policy_path=config)
    policy = project.policy()
    keys = project.keys(policy)
    with ExitStack() as held:
        connection = held.enter_context(
            source_session(held.enter_context(reachable(project.source_dsn)))
        )
        catalog = read_catalog(connection)
        plan = plan_of(connection, catalog, policy)
        refuse_unreadable(
            connection, [(planned.schema, planned.relation) for planned in plan.tables]
        )
        notes = _target_notes(connection, policy, target, held)
        found = rehearsed(connection, catalog, plan, keys, rows)
        columns = lines_of(plan, catalog)
    masked = sum(column.masks for column in columns)
    if report is not None:
        parts = [
            "# What a refresh would do",
            "",
            *notes,
            "",
            *markdown_table(HEAD, _cells(found)),
            "",
            show(columns, "markdown"),
            "",
        ]
        report.write_text("\n".join(parts), encoding="utf-8")
    value = {
        "tables": [
            {**asdict(each), "whole_seconds": round(each.whole_seconds, 2)} for each in found
        ],
        "masked_columns": masked,
        "target": notes,
    }
    say(form, value, [*text_table(HEAD, _cells(found)), "", *notes, _total(found, masked)])


def _target_notes(source: Connection, policy: Policy, target: str, held: ExitStack) -> list[str]:
    """What would happen to a target that is named; refused where a refresh would be."""
    if not target:
        return [f"no target was named ({TARGET_VARIABLE}): nothing is said about it"]
    os.environ[TARGET_VARIABLE] = target
    dsn = held.enter_context(reachable(Project().target_dsn))
    connection = held.enter_context(target_session(dsn, autocommit=True))
    refuse_unsafe_target(source, connection)
    full = len(tables_with_rows(connection))
    if not full:
        return ["the target holds no rows: a refresh would begin at once"]
    mode = policy.on_existing_data
    would = {
        "fail": "a refresh would refuse it (on_existing_data: fail)",
        "truncate": "a refresh would take their rows away (on_existing_data: truncate)",
        "drop_create": "a refresh would drop them (on_existing_data: drop_create)",
        "swap": "they would serve until the new copy is proved (on_existing_data: swap)",
    }
    return [f"the target holds {full} tables with rows: {would[mode]}"]


def _cells(found: Sequence[Rehearsal]) -> Iterator[tuple[str, ...]]:
    for each in found:
        masked = f"{len(each.masked)} columns" if each.masked else "-"
        about = "" if each.read_rows >= each.rows else "about "
        yield (
            each.table,
            f"{about}{each.rows:,}",
            size(each.size_bytes),
            masked,
            f"{each.read_rows:,}",
            duration(each.whole_seconds),
        )


def _total(found: Sequence[Rehearsal], masked: int) -> str:
    seconds = sum(each.whole_seconds for each in found)
    rows = sum(each.rows for each in found)
    return f"{len(found)} tables, {rows:,} rows, {masked} masked columns: about {duration(seconds)} in one stream"
