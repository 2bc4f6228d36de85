"""What every test may ask for: real Postgres servers, databases of its own, roles, markers that say what a test is."""

from __future__ import annotations

import os

# The commands that tests run are compiled once, not by each of a few hundred processes: a third of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

pytest_plugins = [
    "substrate.origin",
    "substrate.markers",
    "substrate.databases",
    "substrate.plugins",
    "pytester",
]
