"""Says which user of the system runs this process, for trails and histories."""

from __future__ import annotations

import getpass


def system_user() -> str:
    """The name of the user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        return "an unnamed user"
