"""Finds Dagster's home for a command, and opens the instance that is kept there."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.errors import PreflightError
from privaci_core.postgres.unexpected import keep_reports_in, known
from privaci_dagster.cli.imports import collector_paused
from privaci_dagster.project_variables import DEFAULT_HOME, HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dagster as dg

SETTINGS = """\
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
STORAGE = """\
# Dagster's own SQLite files, whose connections stay open: a quarter of the time an event.
storage:
  custom:
    module: privaci_dagster.storage
    class: Storage
    config:
      base_dir: {home}
"""
HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--dagster-home",
        help=f"Where Dagster keeps its runs; else {HOME_VARIABLE}, else {DEFAULT_HOME}.",
    ),
]


def make_home(named: Path | None, environ: Mapping[str, str]) -> Path:
    """Dagster's home, as an absolute path; a missing one is created."""
    home = (named or Path(environ.get(HOME_VARIABLE) or DEFAULT_HOME)).absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
        _write_settings(home)
    except OSError as error:
        raise PreflightError(
            f"Opening Dagster's home {home}",
            os.strerror(error.errno or 0),
            f"Name a folder that can be written, with --dagster-home or {HOME_VARIABLE}.",
        ) from None
    keep_reports_in(home)
    return home


def _write_settings(home: Path) -> None:
    """Write Dagster's settings, unless a person has changed them."""
    path = home / "dagster.yaml"
    if not path.exists() or _is_ours(path.read_text(encoding="utf-8")):
        ours = SETTINGS + STORAGE.format(home=json.dumps(str(home), ensure_ascii=False))
        path.write_text(ours, encoding="utf-8")


def _is_ours(text: str) -> bool:
    """Whether privaci wrote this file, for this folder or before the folder was moved."""
    before, _, _ = STORAGE.partition("{home}")
    named = text.removeprefix(SETTINGS + before)
    return text == SETTINGS or (named != text and named.count("\n") == 1)


def open_instance(home: Path) -> dg.DagsterInstance:
    """The instance of a home; an error of its storage may hold a password, and is not repeated."""
    # Commands that need no Dagster import this module too.
    import dagster as dg  # noqa: PLC0415

    try:
        # This imports the storage and its libraries.
        with collector_paused():
            return dg.DagsterInstance.from_config(str(home))
    except Exception as error:  # noqa: BLE001 - of Dagster, SQLAlchemy or the driver
        if "dagster_postgres" in str(error) and find_spec("dagster_postgres") is None:
            raise PreflightError(
                "Opening Dagster's storage",
                f"the dagster.yaml in {home} names Postgres, and dagster-postgres is not installed",
                "pip install 'privaci-dagster[postgres-storage]'",
            ) from None
        trouble = known("Opening Dagster's storage", error)
        if trouble is not None:
            raise trouble from None
        raise PreflightError(
            "Opening Dagster's storage",
            f"{type(error).__name__}, with the dagster.yaml in {home}",
            "Correct that file and the variables that it names,"
            " or name another folder with --dagster-home.",
        ) from None
