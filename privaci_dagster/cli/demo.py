"""The subcommand that shows everything on a company of our own: two embedded servers, one refresh, what it did."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from psycopg import sql

from privaci_core.demo import POLICY, fill
from privaci_core.errors import CopyError
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import session, source_session
from privaci_core.secrets import SALT_VARIABLE, gen_salt
from privaci_dagster.cli.home import use_home
from privaci_dagster.cli.run import refresh, rows_by_table
from privaci_dagster.failures import first_failure
from privaci_dagster.project import (
    LOCK_VARIABLE,
    POLICY_VARIABLE,
    SOURCE_VARIABLE,
    TARGET_VARIABLE,
    Project,
)

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

    from privaci_core.demo import Tier
    from privaci_core.postgres.session import Connection

HOME = Path(".privaci/demo")
# What the three examples show: a person, a way to reach one, and a date.
SHOWN = (
    ("public", "app_user", ("full_name", "email", "phone")),
    ("clinical", "patient", ("full_name", "date_of_birth", "ssn")),
    ("public", "invoice", ("billing_name", "billing_address", "iban")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Some columns of one generated row, before and after."""

    table: str
    columns: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def demo(
    home: Annotated[
        Path, typer.Option(help="Where the demo keeps its databases and Dagster's storage.")
    ] = HOME,
    tier: Annotated[
        Literal["mini", "demo"], typer.Option(help="How large the company is.")
    ] = "demo",
) -> None:
    """Fill a source with a company of our own, refresh a target from it through Dagster, and say what happened."""
    begun = time.monotonic()
    project = use_demo(home)
    with reachable(os.environ[SOURCE_VARIABLE]) as source, reachable(os.environ[TARGET_VARIABLE]):
        _fill_once(source, tier)
        result = refresh(project, shown="bar" if sys.stderr.isatty() else "none")
        if failure := first_failure(result):
            raise CopyError(
                f"Running the demo: {failure.step}",
                failure.message,
                "Read the run in Dagster's UI: make ui.",
            )
        with reachable(os.environ[TARGET_VARIABLE]) as target:
            _tell(result, _examples(source, target), time.monotonic() - begun)


def use_demo(home: Path) -> Project:
    """Point this process, and those that it starts, at the demo's files and servers."""
    home = home.absolute()
    use_home(home / "dagster")
    shutil.copy(POLICY, home / "mask-rules.yaml")
    salt = home / "salt"
    if not salt.exists():
        salt.touch(mode=0o600)
        salt.write_text(gen_salt())
    os.environ |= {
        "PRIVACI_HOME": str(home),
        POLICY_VARIABLE: str(home / "mask-rules.yaml"),
        LOCK_VARIABLE: str(home / "privaci.lock.json"),
        SOURCE_VARIABLE: "embedded://source/company",
        TARGET_VARIABLE: "embedded://target/company",
        SALT_VARIABLE: salt.read_text(),
    }
    return Project.of_environment()


def _fill_once(source: str, tier: Tier) -> None:
    """Fill the source the first time; the next demo refreshes from what is there."""
    with session(source, autocommit=True) as connection:
        if connection.execute("SELECT pg_catalog.to_regclass('public.app_user')").fetchone() != (
            None,
        ):
            return
    filled = fill(source, tier)
    typer.echo(
        f"source   a company of {filled.tables} tables and {filled.rows:,} rows, built in {filled.seconds:.1f} s"
    )


def _tell(result: ExecuteInProcessResult, examples: list[Example], seconds: float) -> None:
    rows = rows_by_table(result)
    checks = result.get_asset_check_evaluations()
    passed = sum(check.passed for check in checks)
    typer.echo(
        f"copied   {len(rows)} tables, {sum(rows.values()):,} rows, in {seconds:.1f} s from the command's start"
    )
    masked = _masked_columns(result)
    typer.echo(
        f"masked   {masked} columns; free text is emptied here: reading it (ner_mask) takes a minute"
    )
    typer.echo(
        f"checks   {passed} of {len(checks)} passed: {', '.join(check.check_name for check in checks)}"
    )
    typer.echo("before and after (generated people):")
    for example in examples:
        typer.echo(f"  {example.table}")
        for column, before, after in zip(
            example.columns, example.before, example.after, strict=True
        ):
            typer.echo(f"    {column:<24} {before:<40} {after}")
    typer.echo("see it   make ui   opens Dagster's UI on this run")


def _masked_columns(result: ExecuteInProcessResult) -> int:
    event = next(iter(result.asset_materializations_for_node("target__schema")))
    return int(str(event.metadata["masked columns"].value))


def _examples(source: str, target: str) -> list[Example]:
    """The same generated rows on both ends; only the demo may show values, because nobody real is in them."""
    with source_session(source) as before, session(target, autocommit=True) as after:
        return [
            Example(
                table=f"{schema}.{table}",
                columns=columns,
                before=_row(before, schema, table, columns),
                after=_row(after, schema, table, columns),
            )
            for schema, table, columns in SHOWN
        ]


def _row(
    connection: Connection, schema: str, table: str, columns: tuple[str, ...]
) -> tuple[str, ...]:
    shown = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns
    )
    query = sql.SQL("SELECT {} FROM {} WHERE id = 7").format(shown, sql.Identifier(schema, table))
    return tuple(connection.execute(query).fetchone() or ())
