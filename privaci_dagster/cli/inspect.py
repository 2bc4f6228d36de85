"""The subcommand that shows what a source is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.overview import Inspected, inspected
from privaci_core.errors import PreflightError
from privaci_core.plan.text_table import text_table
from privaci_core.policy import suggest
from privaci_core.postgres.session import source_session
from privaci_dagster.cli.options import Source, environ_with
from privaci_dagster.cli.output import FormOption, print_result, size
from privaci_dagster.project import Project

HEAD = ("name", "kind", "rows", "size", "columns", "key", "refers to")


def inspect(
    name: Annotated[str, typer.Argument(help="One table, with its columns; else all.")] = "",
    source: Source = "",
    form: FormOption = "text",
) -> None:
    """Show the source's tables, sizes and keys; row counts are the server's estimates."""
    project = Project(environ=environ_with(source=source))
    with project.source() as dsn, source_session(dsn) as connection:
        tables = list(inspected(read_catalog(connection)))
    if name:
        tables = [_named(tables, name)]
    lines = text_table(HEAD, [_cells(table) for table in tables])
    if name:
        columns = list(tables[0].columns.items())
        lines += ["", *text_table(("column", "type"), columns)]
    print_result(form, [asdict(table) for table in tables], lines)


def _cells(table: Inspected) -> tuple[str, ...]:
    """The row of one table."""
    referred = [reference.split(" -> ")[1] for reference in table.references]
    return (
        table.name,
        table.kind,
        f"{table.rows:,}",
        size(table.size_bytes),
        str(len(table.columns)),
        ", ".join(table.key) or "-",
        ", ".join(referred) or "-",
    )


def _named(tables: list[Inspected], name: str) -> Inspected:
    for table in tables:
        if table.name == name:
            return table
    similar = suggest(name, [table.name for table in tables])
    raise PreflightError(
        "Looking at a table", f"the source has no {name}", similar or "Name another one."
    )
