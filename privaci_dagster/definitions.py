"""The code location that Dagster loads: the project that the environment names."""

from __future__ import annotations

import dagster as dg

from privaci_dagster.build import build_definitions
from privaci_dagster.project import Project


@dg.definitions
def defs() -> dg.Definitions:
    """The environment's project; what the UI materializes runs in one process."""
    ours = build_definitions(Project.of_environment())
    return dg.Definitions.merge(ours, dg.Definitions(executor=dg.in_process_executor))
