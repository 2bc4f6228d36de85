"""Keeps the Parquet files of the trail near what the target holds, while the service runs."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from privaci_core.errors import PrivaciError

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger(__name__)
PAUSE_SECONDS = 10.0
# Of a busy day the files take longer: at most this part of the time goes into them.
SHARE = 0.05


class TrailWriter:
    """Calls a function that writes the files: now and then, if there is news, and at the end."""

    def __init__(self, write: Callable[[], object], pause: float = PAUSE_SECONDS) -> None:
        """Nothing is written before it starts."""
        self._write, self._pause = write, pause
        self._news, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="trail files", daemon=True)

    def start(self) -> None:
        """Write what an earlier service left, then follow."""
        self._news.set()
        self._thread.start()

    def tell(self) -> None:
        """There is something new to write."""
        self._news.set()

    def stop(self) -> None:
        """Write the last events."""
        self._end.set()
        self._thread.join()

    def _follow(self) -> None:
        pause, ends = 0.0, False
        while not ends:
            ends = self._end.wait(pause)
            started = time.monotonic()
            if self._news.is_set():
                self._news.clear()
                self._try()
            pause = max(self._pause, (time.monotonic() - started) / SHARE)

    def _try(self) -> None:
        try:
            self._write()
        except (PrivaciError, OSError) as error:
            # The target keeps the trail: the next try writes all of it.
            self._news.set()
            LOG.warning("the files of the trail were not written: %s", type(error).__name__)
