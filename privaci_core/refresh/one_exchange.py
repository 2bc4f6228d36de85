"""Lets one process of a run exchange its tables, and tells the others that it is done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from privaci_core.postgres.session import target_session
from privaci_core.prove.ledgers import ledgers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.prove.ledgers import Recorded

LOCK = """
SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended('privaci: exchange of tables', 0))
"""


@contextmanager
def one_exchange(copy: Copy) -> Iterator[Mapping[str, Recorded] | None]:
    """Wait until no other process exchanges tables of the target.

    Yields what the target keeps of these tables if one of this refresh has exchanged them, else
    None. The lock ends with its session, however this process ends.
    """
    with target_session(copy.live, autocommit=True) as target:
        target.execute(LOCK)
        found = ledgers_in(copy.live)
        done = all(
            table in found and found[table].refresh == copy.mark.refresh for table in copy.selection
        )
        yield {table: found[table] for table in copy.selection} if done else None
