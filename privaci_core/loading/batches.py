"""Puts small tables together: one transaction loads and commits many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.loading.worker import Batch, Task

# A transaction of a table of 1,000 rows costs more than its rows. What a failure rolls back
# stays within a few seconds of work, and the locks of its tables within what any server has.
MOST_BYTES = 64 << 20
MOST_TABLES = 200


def batches(tasks: Iterable[Task]) -> Iterator[Batch]:
    """Tables that are loaded together, in their order; each chunk of a large one is alone."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        more = size + task.table.size_bytes
        if batch and (task.chunk.of > 1 or more > MOST_BYTES or len(batch) == MOST_TABLES):
            yield tuple(batch)
            batch, more = [], task.table.size_bytes
        if task.chunk.of > 1:
            yield (task,)
            more = 0
        else:
            batch.append(task)
        size = more
    if batch:
        yield tuple(batch)
