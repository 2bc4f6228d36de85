"""Keeps the two sessions by which this process loads tables: opened for the first, used by all, dropped on an error."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from privaci_core.postgres.session import source_session, target_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.loading.worker import Ends
    from privaci_core.postgres.session import Connection


class Sessions:
    """A session on each end; a database of five hundred small tables is not worth a thousand of them."""

    def __init__(self, ends: Ends) -> None:
        """Nothing is opened before somebody loads a table."""
        self._ends, self._held = ends, ExitStack()
        self._pair: tuple[Connection, Connection] | None = None

    @contextmanager
    def pair(self) -> Iterator[tuple[Connection, Connection]]:
        """The two sessions; whoever fails with them leaves none behind."""
        if self._pair is None:
            source = self._held.enter_context(
                source_session(self._ends.source, self._ends.snapshot)
            )
            self._pair = source, self._held.enter_context(target_session(self._ends.target))
        try:
            yield self._pair
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End both."""
        self._pair = None
        self._held.close()
