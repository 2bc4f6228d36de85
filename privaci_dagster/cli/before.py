"""Reads the options that stand before a subcommand."""

from __future__ import annotations

from typing import Annotated

import typer


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if asked:
        from importlib import metadata  # noqa: PLC0415 - a quarter of the time that help takes

        typer.echo(f"privaci {metadata.version('privaci-dagster')}")
        raise typer.Exit


def before_command(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """The options before a subcommand."""
