"""Where Dagster keeps its runs when a command is not told: a folder that the command names, made when it is needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

HOME_VARIABLE = "DAGSTER_HOME"
DEFAULT = Path(".privaci/dagster")
INSTANCE = """\
# Written by privaci; Dagster's own file, to be changed as you like.
telemetry:
  enabled: false
nux:
  enabled: false
# What a step prints is not stored: another library could print a value. Dagster has no public path
# to this class.
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


def use_home(named: Path | None = None) -> Path:
    """Point this process, and those that it starts, at Dagster's home; it is made where it is not there."""
    home = (named or Path(os.environ.get(HOME_VARIABLE) or DEFAULT)).absolute()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_text(INSTANCE)
    os.environ[HOME_VARIABLE] = str(home)
    return home
