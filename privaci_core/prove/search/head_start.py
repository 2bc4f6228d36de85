"""Reads the originals while the target is completed, when nothing else reads the source."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

from privaci_core.postgres.silence import cut_off
from privaci_core.prove.search.originals import read_originals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.prove.evidence import Evidence


@contextmanager
def head_start(evidence: Evidence) -> Iterator[None]:
    """Read the originals in another thread; until it ends the source's session is that thread's."""
    copy, source = evidence.copy, evidence.source
    if copy.plan.drops_orphans or copy.plan.nulls_orphans:
        # To settle orphans reads the source as well.
        yield
        return
    with ThreadPoolExecutor(1, "privaci-originals") as other:
        reading = other.submit(
            read_originals, source, copy.searched_plan, copy.catalog, evidence.rows_of_sample
        )
        try:
            yield
            # An interrupt that comes while the reading goes on must end it too.
            wait([reading])
        except BaseException:
            source.cancel_safe(timeout=5)
            # A cancel that comes between two queries ends neither.
            cut_off(source)
            raise
    # An error has ended the source's transaction, and with it the snapshot.
    evidence.originals.append(reading.result())
