"""Opens two sessions through which this process loads tables, and keeps them for the next one."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from privaci_core.postgres.session import source_session, target_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.loading.worker import Ends
    from privaci_core.postgres.session import Connection


class Sessions:
    """One session on each end for all tables: a thousand sessions cost more than small tables."""

    def __init__(self, ends: Ends) -> None:
        """Nothing is opened before the first table is loaded."""
        self._ends = ends
        self._opened = ExitStack()
        self._pair: tuple[Connection, Connection] | None = None

    @contextmanager
    def pair(self) -> Iterator[tuple[Connection, Connection]]:
        """The two sessions; an error closes both, which rolls back what they had begun."""
        try:
            if self._pair is None:
                self._pair = self._open()
            yield self._pair
        except BaseException:
            self.close()
            raise

    def close(self) -> list[int]:
        """End both sessions; the next table opens new ones. Returns the numbers of the target's."""
        writers = [self._pair[1].info.backend_pid] if self._pair else []
        self._pair = None
        self._opened.close()
        return writers

    def _open(self) -> tuple[Connection, Connection]:
        source = source_session(self._ends.source, self._ends.snapshot)
        target = target_session(self._ends.target)
        return self._opened.enter_context(source), self._opened.enter_context(target)
