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
    """Small tables together, in their order; each chunk of a large table alone, between them."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        if task.chunk.of > 1:
            yield (task,)
            continue
        size += task.table.work_bytes
        if batch and (size > MOST_BYTES or len(batch) == MOST_TABLES):
            yield tuple(batch)
            batch, size = [], task.table.work_bytes
        batch.append(task)
    if batch:
        yield tuple(batch)
