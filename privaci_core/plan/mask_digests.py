"""Names what each masked column of a table becomes, to compare it with an earlier refresh."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from privaci_core.masks import FIRST_FORM, form_of
from privaci_core.policy import Json

if TYPE_CHECKING:
    from privaci_core.plan.plan import ColumnPlan, TablePlan


def mask_digests(table: TablePlan) -> dict[str, str]:
    """A short hash of the rule of each masked column; equal hashes mask equal values alike."""
    return {column.name: _digest(column) for column in table.masked}


def _digest(column: ColumnPlan) -> str:
    rule = (repr(column.action), repr(column.shape), repr(column.when), column.reads)
    return hashlib.sha256(repr((*rule, *later_form(column))).encode()).hexdigest()[:16]


def later_form(column: ColumnPlan) -> tuple[int | str, ...]:
    """What newer releases know of a mask; nothing for most, whose hashes stay as they were."""
    form = form_of(column.action, column.shape)
    versions: tuple[int | str, ...] = () if form == FIRST_FORM else (form,)
    if isinstance(column.action, Json) and column.shape.members:
        versions = (*versions, repr(column.shape.members))
    return versions if column.anchor is None else (*versions, repr(column.anchor))
