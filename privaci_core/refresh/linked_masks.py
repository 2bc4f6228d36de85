"""Refuses tables whose linked columns would get other masks than the rows that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.plan.linked_columns import links_of
from privaci_core.plan.mask_digests import mask_digests
from privaci_core.postgres.names import column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.catalog import Place
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.target.ledger_store import Part


def linked_to_other_masks(copy: Copy, stored: Sequence[Part]) -> dict[str, set[str]]:
    """The columns whose masks changed since their rows were loaded, and the tables they link to.

    Those tables stay as they are: their values would no longer match. Declared relations are no
    keys of the target, so nothing else would find it.
    """
    found: dict[str, set[str]] = {}
    for place, other in _ends_that_part(copy):
        if any(_changed(table, place[1], stored) for table in _leaves(copy, place)):
            column = column_name(_root(copy, place), place[1])
            found.setdefault(column, set()).add(_root(copy, other))
    return found


def _ends_that_part(copy: Copy) -> Iterator[tuple[Place, Place]]:
    """The links of which one end is loaded, and the other stays."""
    for link in links_of(copy.catalog, copy.policy):
        for one, other in (
            (link.referencing, link.referenced),
            (link.referenced, link.referencing),
        ):
            if _root(copy, one) in copy.selection and _root(copy, other) not in copy.selection:
                yield one, other


def _root(copy: Copy, place: Place) -> str:
    return copy.catalog.root(copy.catalog.by_oid[place[0]]).qualified


def _leaves(copy: Copy, place: Place) -> Iterator[TablePlan]:
    root = _root(copy, place)
    return (table for table in copy.plan.tables if copy.root_of(table) == root)


def _changed(table: TablePlan, column: str, stored: Sequence[Part]) -> bool:
    """Whether a column's rule is another one than that of its rows in the target."""
    now = mask_digests(table).get(column)
    origins = [part.origin for part in stored if part.relation == table.name and part.origin]
    return any(origin.masks.get(column) != now for origin in origins)
