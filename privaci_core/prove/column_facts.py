"""Says for the proof what kind of data each column holds, and why a copied one may be copied."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from privaci_core.detect.suspect import suspicions
from privaci_core.plan.show import COPIED, GENERATED
from privaci_core.policy import relation_name
from privaci_core.postgres.names import column_name
from privaci_core.prove.verdicts import passed_through

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.show import Line
    from privaci_core.policy import Policy

# Why a column may be copied as it is. A page explains each, so that none changes its meaning.
ALLOWED, COMPUTED, NO_SIGN = "policy", "generated", "no_sign"
WEAK_SIGN, UNREVIEWED, NOT_EXAMINED = "weak_sign", "unreviewed", "not_examined"
# What a mask that takes any text or document is for, where the column's name tells no more.
OF_ACTIONS = {"json": "document", "ner_mask": "free_text"}


def column_facts(
    lines: Iterable[Line], catalog: Catalog, policy: Policy, plan: Plan
) -> list[dict[str, str]]:
    """Every line of a plan as a proof tells it: with its kind, or with why it is copied."""
    guessed, reasons = _guessed_kinds(catalog), _reasons(catalog, policy, plan)
    usual = NO_SIGN if policy.auto_detect else NOT_EXAMINED
    return [asdict(line) | _fact(line, guessed, reasons, usual) for line in lines]


def _fact(
    line: Line, guessed: Mapping[str, str], reasons: Mapping[str, str], usual: str
) -> dict[str, str]:
    """What a proof adds to a line; nothing for a table without rows."""
    name = column_name(line.table, line.column)
    if line.masks:
        provider = line.action.partition(" ")[2]
        kind = provider or guessed.get(name) or OF_ACTIONS.get(line.action, "")
        return {"kind": kind} if kind else {}
    if line.action != COPIED:
        return {}
    computed = line.reason.startswith(GENERATED)
    return {"copied_because": COMPUTED if computed else reasons.get(name, usual)}


def _guessed_kinds(catalog: Catalog) -> dict[str, str]:
    """What the columns seem to hold by their names, types and tables, where that is likely."""
    return {
        column_name(catalog.by_oid[oid].qualified, column): found.kind
        for (oid, column), found in suspicions(catalog).items()
        if found.confidence != "low"
    }


def _reasons(catalog: Catalog, policy: Policy, plan: Plan) -> dict[str, str]:
    """Why columns are copied, where the plan or the policy says more than that no rule masks."""
    roots = {relation_name(root.schema, root.name): root.qualified for root in catalog.roots}
    suspected = {
        column_name(roots[table], column): WEAK_SIGN if found.confidence == "low" else UNREVIEWED
        for table, column, found in plan.suspected
    }
    return suspected | dict.fromkeys(passed_through(catalog, policy), ALLOWED)
