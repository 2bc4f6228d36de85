"""The `privaci` command: every subcommand in a file of its own, errors told without a traceback."""

from __future__ import annotations

import signal
import sys

import typer

from privaci_core.errors import PrivaciError
from privaci_dagster.cli import ci, demo, dry_run, files, look, report, run, serve, verify

app = typer.Typer(
    name="privaci",
    help="Turn a production PostgreSQL database into a safe one for staging, CI and analytics.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run")(run.run)
app.command("resume")(run.resume)
app.command("init")(files.init)
app.command("dry-run")(dry_run.dry_run)
app.command("verify")(verify.verify)
app.command("report")(report.report)
app.command("introspect")(files.introspect)
app.command("validate")(files.validate)
app.command("plan")(files.plan)
app.command("drift")(files.drift)
app.command("gen-salt")(files.new_salt)
schema = typer.Typer(help="What files and events look like, for editors and programs.", no_args_is_help=True)
schema.command("config")(files.schema_config)
app.add_typer(schema, name="schema")
catalog = typer.Typer(help="What the source is made of.", no_args_is_help=True)
catalog.command("inspect")(look.inspect)
app.add_typer(catalog, name="catalog")
app.command("snapshot")(look.hold)
app.command("generate-ci")(ci.generate_ci)
app.command("demo")(demo.demo)
app.command("ui")(serve.ui)


def main() -> None:
    """Run the command line; an error of ours ends with its own exit code."""
    _end_waits_on_interrupt()
    try:
        app()
    except PrivaciError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


def _end_waits_on_interrupt() -> None:
    """Take Ctrl-C back: polars catches it so that the system resumes what waits, and Python would never see it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
