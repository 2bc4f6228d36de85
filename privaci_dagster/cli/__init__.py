"""The `privaci` command: every subcommand in a file of its own, errors told without a traceback."""

from __future__ import annotations

import signal
import sys
from difflib import get_close_matches
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.errors import PreflightError, PrivaciError

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = "Turn a production PostgreSQL database into a safe one for staging, CI and analytics."
# Each subcommand: its file, its function and what it does, in a line. The file is imported when the command is used,
# so that help is there at once: Dagster alone takes a second and a half.
COMMANDS = {
    "run": ("run", "run", "Refresh the target from the source, masked by the policy."),
    "resume": ("run", "resume", "Go on with the refresh that the target is in the middle of."),
    "init": ("files", "init", "Write a policy to start from, by looking into the source."),
    "plan": ("files", "plan", "Say what would happen to every column, and why."),
    "dry-run": ("dry_run", "dry_run", "Mask some rows of every table, and throw them away."),
    "verify": ("verify", "verify", "Hold a finished target against the source."),
    "report": ("report", "report", "Show, sign or verify the proof of a refresh."),
    "drift": ("files", "drift", "Compare the source with the lock file; 6 where they differ."),
    "introspect": ("files", "introspect", "Read the source's catalog into the lock file."),
    "validate": ("files", "validate", "Check the policy file; each mistake is named by its line."),
    "catalog inspect": ("look", "inspect", "Say what the source is made of: tables, sizes, keys."),
    "schema config": (
        "files",
        "schema_config",
        "Print the JSON Schema of the policy file, for editors.",
    ),
    "gen-salt": ("files", "new_salt", "Print a new random salt."),
    "generate-ci": ("ci", "generate_ci", "Write a pipeline for GitHub, GitLab or Kubernetes."),
    "snapshot": ("look", "hold", "Hold one moment of the source for several processes."),
    "demo": ("demo", "demo", "Show everything on a company of our own."),
    "ui": ("ui", "ui", "Open Dagster's UI on the project, until Ctrl-C."),
}
GROUPS = {
    "catalog": "What the source is made of.",
    "schema": "What files look like, for editors and programs.",
}
SETTINGS = {"rich_markup_mode": None, "add_completion": False, "no_args_is_help": True}


def main() -> None:
    """Run the command line; an error of ours ends with its own exit code."""
    try:
        app = app_for(sys.argv[1:])
        _end_waits_on_interrupt()
        app()
    except PrivaciError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


def app_for(words: Sequence[str]) -> typer.Typer:
    """The command line, of which the subcommand that the words name is there, and the others by their lines alone."""
    said = " ".join(words)
    named = next((name for name in COMMANDS if f"{said} ".startswith(f"{name} ")), "")
    first = words[0] if words and not words[0].startswith("-") else ""
    known = sorted({name.split()[0] for name in COMMANDS})
    near = get_close_matches(first, known, n=1)
    if first and first not in known and near:
        raise PreflightError(
            f"Running privaci {first}", "there is no such subcommand", f"Did you mean `{near[0]}`?"
        )
    app = typer.Typer(name="privaci", help=HELP, pretty_exceptions_enable=False, **SETTINGS)  # type: ignore[arg-type]
    app.callback(help=HELP)(_top)
    groups = {name: typer.Typer(help=help_, **SETTINGS) for name, help_ in GROUPS.items()}  # type: ignore[arg-type]
    # Every command of a group is told from the group by its callback, even where there is but one.
    for name, group in groups.items():
        group.callback()(_nothing)
        app.add_typer(group, name=name)
    for name, (file, function, line) in COMMANDS.items():
        *above, last = name.split()
        where = groups[above[0]] if above else app
        if name == named:
            where.command(last)(getattr(import_module(f"privaci_dagster.cli.{file}"), function))
        else:
            where.command(last, help=line)(_nothing)
    return app


def _say_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if asked:
        typer.echo(f"privaci {metadata.version('privaci-dagster')}")
        raise typer.Exit


def _top(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Takes the options that stand before a subcommand."""


def _nothing() -> None:
    """Stands for a subcommand that nobody named."""


def _end_waits_on_interrupt() -> None:
    """Take Ctrl-C back from polars, which came with the subcommand: what waits would go on, and Python never see it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
