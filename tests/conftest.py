"""What every test may ask for: real Postgres servers, databases of its own, roles, markers that say what a test is."""

from __future__ import annotations

pytest_plugins = ["substrate.origin", "substrate.markers", "substrate.databases", "substrate.plugins", "pytester"]
