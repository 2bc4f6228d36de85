"""Chooses the rows of a copy's subset, in the snapshot that its rows are read from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.choose.choose import choose_rows
from privaci_core.choose.chosen_rows import with_rows

if TYPE_CHECKING:
    from privaci_core.loading.copy import Copy
    from privaci_core.postgres.session import Connection


def with_subset(source: Connection, copy: Copy) -> Copy:
    """The copy of the chosen rows alone; each process of a run chooses the same ones.

    Some tables of a target get the rows that a copy of all tables would have. Only what is copied
    can have brought an original into the target, so only originals of chosen rows are searched.
    """
    if copy.plan.subset is None:
        return copy
    # A resumed copy of some tables means the moment at which it began.
    whole = replace(copy.searched_plan, subset=copy.plan.subset)
    chosen = choose_rows(source, copy.catalog, whole, copy.ends.keys)
    policy_plan = copy.policy_plan and with_rows(copy.policy_plan, copy.catalog, chosen)
    plan = with_rows(copy.plan, copy.catalog, chosen)
    return replace(copy, plan=plan, policy_plan=policy_plan)
