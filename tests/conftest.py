"""Loads the fixtures of all tests: Postgres servers, databases, roles, and the markers."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# Nothing that a test draws is bound to wall time: the machine may be busy.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Python may cache what it compiles: without that, a few hundred commands would each compile it
# again, which is a third of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A suite that runs as a background job inherits an ignored Ctrl-C, and so would the commands it
# starts: those that a test interrupts would never end.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "substrate.origin",
    "substrate.markers",
    "substrate.databases",
    "substrate.object_storage",
    "substrate.plugins",
    "substrate.reports",
    "substrate.unmeasured",
    "pytester",
]
