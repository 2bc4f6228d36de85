"""Writes the references without a foreign key of a first policy, for a person to decide about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from privaci_core.plan.reference_masks import plans_of
from privaci_core.plan.references import ends_of, evidence_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.plan.plan import ColumnPlan, Plan
    from privaci_core.plan.soft_references import SoftReference

HEAD = """
# Columns that seem to refer to a key without a foreign key. Without a # both ends are masked alike;
# take the # away where it is so, or list the column under `implied_fk_ignore`.
"""
# So many sampled values, all of them in the key, prove a reference.
PROOF = 8


def starter_relations(
    plan: Plan,
    catalog: Catalog,
    references: Iterable[SoftReference],
    declined: Collection[SoftReference] = (),
) -> str:
    """The part of a policy that declares references; those that nothing proves are comments."""
    found = [each for each in references if each.how in {"name", "values"}]
    rules = proved_references(plan, catalog, found) - frozenset(declined)
    proved = [each in rules for each in found]
    if not found:
        return ""
    lines = [
        f"{'' if sure else '# '}  - {_relation(each, catalog)}  # {_on_one_line(evidence_of(each))}"
        for each, sure in zip(found, proved, strict=True)
    ]
    return "\n".join([f"{HEAD}{'' if any(proved) else '# '}relations:", *lines, ""])


def proved_references(
    plan: Plan, catalog: Catalog, references: Iterable[SoftReference]
) -> frozenset[SoftReference]:
    """The references that values prove, and that would not match without a relation."""
    plans = plans_of(plan, catalog)
    return frozenset(each for each in references if _is_proved(each, plans))


def _is_proved(reference: SoftReference, plans: Mapping[Place, ColumnPlan]) -> bool:
    """Whether joins would find nothing without the relation, and it leaves each rule as it is."""
    ends = (plans.get(reference.referencing), plans.get(reference.referenced))
    actions = [plan.action for plan in ends if plan is not None]
    sampled = reference.sampled or 0
    proved = sampled >= PROOF and reference.there == sampled
    return not reference.matches and proved and all(each == actions[0] for each in actions)


def _relation(reference: SoftReference, catalog: Catalog) -> str:
    source, target = ends_of(reference, catalog)
    # JSON's quotes are YAML's.
    parts = [f"from: {_quoted(str(source))}", f"to: {_quoted(str(target))}"]
    parts += [f"when: {_quoted(reference.when)}"] if reference.when else []
    return f"{{{', '.join(parts)}}}"


def _on_one_line(text: str) -> str:
    """A comment ends with its line, and a column's name may hold a line's end."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
