"""The code location that Dagster loads: the project that the environment names."""

from __future__ import annotations

import dagster as dg

from privaci_core.postgres.unexpected import explained
from privaci_dagster.build import build_definitions, executor_of
from privaci_dagster.project import Project


@dg.definitions
def defs() -> dg.Definitions:
    """The environment's project; what the UI materializes runs in one process, unless it says."""
    try:
        project = Project.of_environment()
        executor = dg.Definitions(executor=executor_of(project))
        return dg.Definitions.merge(build_definitions(project), executor)
    except Exception as error:  # noqa: BLE001 - the text of any other error may hold a value
        doing = "Loading the project that the environment names"
        # Dagster prints the lines that led here; they say nothing about what is missing.
        raise explained(doing, error).with_traceback(None) from None
