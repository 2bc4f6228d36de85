"""What every test may ask for: real Postgres servers, databases of its own, roles, markers that say what a test is."""

from __future__ import annotations

import os
import signal

# The commands that tests run are compiled once, not by each of a few hundred processes: a third of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A suite that runs as a background job inherits an ignored Ctrl-C, and so would the commands it
# starts: those that a test interrupts would never end.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "substrate.origin",
    "substrate.markers",
    "substrate.databases",
    "substrate.plugins",
    "pytester",
]
