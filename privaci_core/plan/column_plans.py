"""Plans each masked column, and binds its mask once so that a misfit is refused early."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privaci_core.masks import Keys, Unbindable, bind, bind_to_row, reads
from privaci_core.plan.personas import anchored
from privaci_core.plan.plan import ColumnPlan
from privaci_core.policy import (
    Fake,
    Fpe,
    Hash,
    HmacHash,
    NerMask,
    Null,
    Passthrough,
    Pseudonym,
    Shuffle,
    Template,
    suggest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place
    from privaci_core.masks import Shape
    from privaci_core.plan.column_conditions import ColumnConditions
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Finding

# Actions on a whole array; all others mask its elements.
OF_WHOLE_VALUES = (Null, Shuffle)
# Actions whose fakes stand for one value each, so that a text can be searched for it.
ONE_TO_ONE = (Fake, Pseudonym, Hash, HmacHash, Fpe)
# Whether a mask fits a column does not depend on the key.
ANY_KEYS = Keys.of(b"", b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlans:
    """The plan of each column that has a rule."""

    plans: Mapping[Place, ColumnPlan]
    findings: tuple[Finding, ...]


def plan_columns(
    inputs: Inputs,
    rules: Mapping[Place, ColumnRule],
    demands: Mapping[Place, Shape],
    conditions: ColumnConditions,
) -> ColumnPlans:
    """Plan every column that has a rule; masks that do not fit become findings."""
    alone = {
        place: _column_plan(inputs.catalog.by_place[place], rule, demands[place])
        for place, rule in rules.items()
    }
    conditional = {
        place: replace(plan, when=conditions.compiled.get(place)) for place, plan in alone.items()
    }
    plans = anchored(_dealt(inputs.catalog, _reading_names(conditional)))
    return ColumnPlans(
        plans=plans, findings=(*_absent_columns(inputs, alone), *_misfits(inputs, plans))
    )


def wire_type(column: Column) -> str:
    """The type whose binary form the column's values have; an enum's labels travel as text."""
    return "text" if column.scalar_kind == "e" and not column.is_array else column.base_type


def _column_plan(column: Column, rule: ColumnRule, shape: Shape) -> ColumnPlan:
    return ColumnPlan(
        name=column.name,
        action=rule.action,
        shape=shape,
        reason=rule.reason,
        evidence=rule.evidence,
        wire_type=wire_type(column),
        type=column.type,
        is_array=column.is_array and not isinstance(rule.action, OF_WHOLE_VALUES),
        reads=reads(rule.action),
    )


def _reading_names(plans: Mapping[Place, ColumnPlan]) -> dict[Place, ColumnPlan]:
    """Let masks of free text read the columns of their row that name or number its person."""
    identifying: dict[int, list[str]] = defaultdict(list)
    for (relation, name), plan in plans.items():
        if _identifies(plan):
            identifying[relation].append(name)
    return {
        place: replace(plan, reads=tuple(sorted(identifying[place[0]])))
        if isinstance(plan.action, NerMask) and not plan.is_array
        else plan
        for place, plan in plans.items()
    }


def _dealt(catalog: Catalog, plans: Mapping[Place, ColumnPlan]) -> dict[Place, ColumnPlan]:
    """Let shuffles read what identifies a row: its primary key, else every column."""
    return {
        place: replace(plan, reads=_identity(catalog, place[0]))
        if isinstance(plan.action, Shuffle)
        else plan
        for place, plan in plans.items()
    }


def _identity(catalog: Catalog, relation: int) -> tuple[str, ...]:
    key = catalog.primary_key(catalog.root(catalog.by_oid[relation]))
    columns = catalog.columns[relation]
    return key or tuple(column.name for column in columns if not column.generated)


def _identifies(plan: ColumnPlan) -> bool:
    return isinstance(plan.action, ONE_TO_ONE) and plan.shape.is_text and not plan.is_array


def _absent_columns(inputs: Inputs, plans: Mapping[Place, ColumnPlan]) -> Iterator[Finding]:
    """Columns that a mask reads and that its table lacks."""
    for place, plan in plans.items():
        columns = [column.name for column in inputs.catalog.columns[place[0]]]
        for name in plan.reads:
            if name not in columns:
                reason = f"the table has no column {name}"
                yield inputs.finding(place, reason=reason, remedy=suggest(name, columns))


def _misfits(inputs: Inputs, plans: Mapping[Place, ColumnPlan]) -> Iterator[Finding]:
    """Masks that do not fit their columns, each once for all partitions of a table."""
    for place, plan in plans.items():
        try:
            _try_mask(plan)
        except Unbindable as error:
            if not _repeats_its_parent(inputs, place, plans):
                yield inputs.finding(place, reason=error.reason, remedy=error.remedy)


def _try_mask(plan: ColumnPlan) -> None:
    """Bind the mask as the copy will, with keys that no value is masked with."""
    if isinstance(plan.action, Passthrough):
        return
    of_row = isinstance(plan.action, Template) or (
        plan.reads and not isinstance(plan.action, NerMask | Shuffle)
    )
    if of_row:
        bind_to_row(plan.action, plan.shape, ANY_KEYS, plan.anchor)  # type: ignore[arg-type]
    else:
        bind(plan.action, plan.shape, ANY_KEYS)


def _repeats_its_parent(inputs: Inputs, place: Place, plans: Mapping[Place, ColumnPlan]) -> bool:
    """Whether a partition's column is refused for no other reason than its parent's."""
    relation, name = place
    parent = inputs.catalog.by_oid[relation].partition_of
    above = plans.get((parent, name)) if parent is not None else None
    inherited = plans[place].reason == "inherited by key"
    return inherited and above is not None and above.shape == plans[place].shape
