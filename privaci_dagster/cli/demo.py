"""The subcommand that shows a whole refresh on a generated company, with two embedded servers."""

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
from privaci_core.errors import CopyError, Interrupted
from privaci_core.postgres.embedded import HOME_VARIABLE as SERVERS_VARIABLE
from privaci_core.postgres.names import table_name
from privaci_core.postgres.session import session, source_session
from privaci_core.secrets import SALT_VARIABLE, gen_salt
from privaci_dagster.cli.home import make_home
from privaci_dagster.cli.output import counted
from privaci_dagster.cli.refresh_job import (
    evaluations_of,
    rows_by_table,
    run_refresh,
    started,
    write_missing_lock,
)
from privaci_dagster.failures import first_failure
from privaci_dagster.project import (
    LOCK_FILE,
    LOCK_VARIABLE,
    POLICY_FILE,
    POLICY_VARIABLE,
    SOURCE_VARIABLE,
    TARGET_VARIABLE,
    Project,
)
from privaci_dagster.project_variables import HOME_VARIABLE

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

    from privaci_core.demo import Tier
    from privaci_core.postgres.session import Connection

HOME = Path(".privaci/demo")
# So that the company's largest table is loaded in slices, as one of some gigabytes is.
SLICE_BYTES = 8 << 20
# The columns of the three examples: a name, an address or number, a date.
SHOWN = (
    ("public", "app_user", ("full_name", "email", "phone")),
    ("clinical", "patient", ("full_name", "date_of_birth", "ssn")),
    ("public", "invoice", ("billing_name", "billing_address", "iban")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Some columns of one generated row, before and after masking."""

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
    """Fill a source with a generated company, refresh a target from it, and show the result."""
    start = time.monotonic()
    environ = demo_environ(home)
    with started(Project.of_environment(environ)) as project:
        _fill_once(project.source_dsn, tier)
        write_missing_lock(project, SLICE_BYTES)
        log_format: Literal["bar", "none"] = "bar" if sys.stderr.isatty() else "none"
        try:
            result = run_refresh(project, Path(environ[HOME_VARIABLE]), log_format=log_format)
        except (Interrupted, KeyboardInterrupt):
            # The demo's databases are no target of the folder that a person is in.
            again = "interrupted; run `privaci demo` again"
            raise Interrupted(again, "a signal ended it", "privaci demo") from None
        _refuse_failure(result)
        _print_summary(result, time.monotonic() - start)
        _print_examples(_examples(project.source_dsn, project.target_dsn))
    typer.echo(f"see it   privaci ui --home {home}   opens Dagster's UI on this run")


def demo_environ(home: Path) -> dict[str, str]:
    """This process's variables, with the demo's files and servers; missing files are written."""
    home = home.absolute()
    runs = make_home(home / "dagster", os.environ)
    shutil.copy(POLICY, home / POLICY_FILE)
    return {
        **os.environ,
        HOME_VARIABLE: str(runs),
        SERVERS_VARIABLE: str(home),
        POLICY_VARIABLE: str(home / POLICY_FILE),
        LOCK_VARIABLE: str(home / LOCK_FILE),
        SOURCE_VARIABLE: "embedded://source/company",
        TARGET_VARIABLE: "embedded://target/company",
        SALT_VARIABLE: _salt_in(home),
    }


def _salt_in(home: Path) -> str:
    """The demo's own salt, generated the first time."""
    path = home / "salt"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(gen_salt())
    return path.read_text()


def _fill_once(source: str, tier: Tier) -> None:
    """Fill an empty source; a later demo refreshes from the same company."""
    with session(source, autocommit=True) as connection:
        found = connection.execute("SELECT pg_catalog.to_regclass('public.app_user')").fetchone()
        if found != (None,):
            return
    filled = fill(source, tier)
    counts = f"{counted(filled.tables, 'table')} and {counted(filled.rows, 'row')}"
    typer.echo(f"source   a company of {counts}, built in {filled.seconds:.1f} s")


def _refuse_failure(result: ExecuteInProcessResult) -> None:
    failure = first_failure(result)
    if failure is not None:
        raise CopyError(
            f"Running the demo: {failure.step}",
            failure.message,
            "Read the run in Dagster's UI: privaci ui --home, with the demo's folder.",
        )


def _print_summary(result: ExecuteInProcessResult, seconds: float) -> None:
    rows = rows_by_table(result)
    checks = evaluations_of(result)
    passed = sum(check.passed for check in checks)
    names = ", ".join(check.check_name for check in checks)
    total = sum(rows.values())
    copied = f"{counted(len(rows), 'table')}, {counted(total, 'row')}"
    typer.echo(f"copied   {copied}, {seconds:.1f} s after the start")
    typer.echo(
        f"masked   {_masked_columns(result)} columns; free text is emptied here:"
        " masking inside it (ner_mask) takes a minute"
    )
    typer.echo(f"checks   {passed} of {len(checks)} passed: {names}")


def _masked_columns(result: ExecuteInProcessResult) -> int:
    event = next(iter(result.asset_materializations_for_node("target__schema")))
    return int(str(event.metadata["masked columns"].value))


def _print_examples(examples: list[Example]) -> None:
    typer.echo("before and after (generated people):")
    for example in examples:
        typer.echo(f"  {example.table}")
        values = zip(example.columns, example.before, example.after, strict=True)
        for column, before, after in values:
            typer.echo(f"    {column:<24} {before:<40} {after}")


def _examples(source: str, target: str) -> list[Example]:
    """The same rows of both databases; only the demo prints values: its people are generated."""
    with source_session(source) as before, session(target, autocommit=True) as after:
        return [
            Example(
                table=table_name(schema, table),
                columns=columns,
                before=_row(before, schema, table, columns),
                after=_row(after, schema, table, columns),
            )
            for schema, table, columns in SHOWN
        ]


def _row(
    connection: Connection, schema: str, table: str, columns: tuple[str, ...]
) -> tuple[str, ...]:
    as_text = [sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns]
    query = sql.SQL("SELECT {} FROM {} WHERE id = 7").format(
        sql.SQL(", ").join(as_text), sql.Identifier(schema, table)
    )
    return tuple(connection.execute(query).fetchone() or ())
