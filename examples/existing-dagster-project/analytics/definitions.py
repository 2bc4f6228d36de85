"""Everything under `defs`, in the layout of `dg`."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """The two databases and the reports."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
