"""Names what each masked column of a table becomes, to compare it with an earlier refresh."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privaci_core.plan.plan import ColumnPlan, TablePlan


def mask_digests(table: TablePlan) -> dict[str, str]:
    """A short hash of the rule of each masked column; equal hashes mask equal values alike."""
    return {column.name: _digest(column) for column in table.masked}


def _digest(column: ColumnPlan) -> str:
    rule = (repr(column.action), repr(column.shape), repr(column.when), column.reads)
    return hashlib.sha256(repr(rule).encode()).hexdigest()[:16]
