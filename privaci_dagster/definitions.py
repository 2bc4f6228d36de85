"""The code location that Dagster loads: the project that the environment names."""

from __future__ import annotations

import dagster as dg

from privaci_dagster.build import build_definitions, executor_of
from privaci_dagster.failures import errors_explained
from privaci_dagster.project import Project


@dg.definitions
def defs() -> dg.Definitions:
    """The environment's project; what the UI materializes runs in one process, unless it says."""
    with errors_explained("Loading the project that the environment names"):
        project = Project.of_environment()
        executor = dg.Definitions(executor=executor_of(project))
        return dg.Definitions.merge(build_definitions(project), executor)
