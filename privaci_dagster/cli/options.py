"""Options that several subcommands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE

Config = Annotated[Path, typer.Option("--config", help="The policy file.")]
LockFile = Annotated[Path, typer.Option("--lock", help="The lock file.")]
Source = Annotated[
    str, typer.Option(envvar=SOURCE_VARIABLE, show_envvar=True, help="The source's URL.")
]
Target = Annotated[
    str, typer.Option(envvar=TARGET_VARIABLE, show_envvar=True, help="The target's URL.")
]
