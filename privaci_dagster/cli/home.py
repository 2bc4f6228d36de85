"""Finds Dagster's home for a command, and opens the instance that is kept there."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dagster as dg

HOME_VARIABLE = "DAGSTER_HOME"
DEFAULT = Path(".privaci/dagster")
INSTANCE = """\
# Written by privaci. This is Dagster's own file: change it as you like.
telemetry:
  enabled: false
nux:
  enabled: false
# Output of steps is not stored: a library could print a value. Dagster has no public path to
# this class.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--dagster-home",
        help=f"Where Dagster keeps its runs; else {HOME_VARIABLE}, else {DEFAULT}.",
    ),
]


def make_home(named: Path | None, environ: Mapping[str, str]) -> Path:
    """Dagster's home, as an absolute path; a missing one is created."""
    home = (named or Path(environ.get(HOME_VARIABLE) or DEFAULT)).absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_text(INSTANCE)
    return home


def open_instance(home: Path) -> dg.DagsterInstance:
    """The instance of a home; an error of its storage may hold a password, and is not repeated."""
    # Commands that need no Dagster import this module too.
    import dagster as dg  # noqa: PLC0415

    try:
        return dg.DagsterInstance.from_config(str(home))
    except Exception as error:  # noqa: BLE001 - of Dagster, SQLAlchemy or the driver
        if "dagster_postgres" in str(error) and find_spec("dagster_postgres") is None:
            raise PreflightError(
                "Opening Dagster's storage",
                f"the dagster.yaml in {home} names Postgres, and dagster-postgres is not installed",
                "pip install 'privaci-dagster[postgres-storage]'",
            ) from None
        raise PreflightError(
            "Opening Dagster's storage",
            f"{type(error).__name__}, with the dagster.yaml in {home}",
            "Correct that file and the variables that it names,"
            " or name another folder with --dagster-home.",
        ) from None
