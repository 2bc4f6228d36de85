"""Runs a worker in a thread of this process, which begins at once."""

from __future__ import annotations

import threading
from contextvars import copy_context
from typing import TYPE_CHECKING

from privaci_core.loading.worker import serve
from privaci_core.postgres.silence import cut_off

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as PipeEnd

    from privaci_core.postgres.session import Connection

# So long an idle worker may take to close its sessions.
LOOK_SECONDS = 0.2


class WorkerThread:
    """Serves its end of a pipe until the other one is closed."""

    def __init__(self, pipe: PipeEnd) -> None:
        """Start it; it connects when it gets its first chunk."""
        self._sessions: list[Connection] = []
        # The context knows where reports of unexpected errors are kept.
        work, arguments = copy_context().run, (serve, pipe, self._sessions)
        self._thread = threading.Thread(
            target=work, args=arguments, name="privaci-worker", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Wait until it has ended, once its pipe is closed; cut off what keeps it busy."""
        self._thread.join(LOOK_SECONDS)
        while self._thread.is_alive():
            # It may be about to connect, so they are looked for again.
            for session in tuple(self._sessions):
                cut_off(session)
            self._thread.join(LOOK_SECONDS)
