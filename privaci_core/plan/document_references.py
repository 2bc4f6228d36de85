"""Finds documents that keep the original of a masked key: their references match no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.plan.linked_columns import usable_relations
from privaci_core.policy import Json, Passthrough, parse_json_path
from privaci_core.policy.relations import shown_path
from privaci_core.postgres.names import column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.plan import ColumnPlan
    from privaci_core.policy.relations import DocumentPath


def kept_originals(inputs: Inputs, plans: Mapping[Place, ColumnPlan]) -> Iterator[str]:
    """A sentence for each relation out of documents that no rule masks, to a key that one does."""
    for relation, child, parent in usable_relations(inputs.catalog, inputs.policy):
        ends = zip(relation.source.ends, relation.target.columns, strict=True)
        for (column, inside), key in ends:
            masks_key = _masks(plans.get((parent.oid, key)))
            if inside and masks_key and not _masks(plans.get((child.oid, column)), inside):
                own, other = (child.qualified, column), (parent.qualified, key)
                yield (
                    f"REFERENCE {column_name(*own)}{shown_path(inside)}: refers to"
                    f" {column_name(*other)}, which is masked, and keeps the original."
                    " Mask it by a json action with the same rule."
                )


def _masks(plan: ColumnPlan | None, inside: DocumentPath = ()) -> bool:
    """Whether a column's plan changes it, or what a path leads to inside it."""
    if plan is None or isinstance(plan.action, Passthrough):
        return False
    if not inside or not isinstance(plan.action, Json):
        return True
    return plan.action.default == "redact" or any(
        _fits(parse_json_path(path) or (), inside) for path in plan.action.paths
    )


def _fits(path: tuple[str | int | None, ...], inside: DocumentPath) -> bool:
    """Whether a rule's path means this place, or one around it."""
    return len(path) <= len(inside) and all(
        step in (None, place) for step, place in zip(path, inside, strict=False)
    )
