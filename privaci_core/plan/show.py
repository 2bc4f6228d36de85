"""Shows a plan as text, Markdown or JSON: for every column what happens to it, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter, ValidationError

from privaci_core.errors import PreflightError
from privaci_core.plan.orphan_rows import leaves_out, nullable_columns
from privaci_core.plan.outcomes import said_outcomes
from privaci_core.plan.text_table import markdown_table, text_table
from privaci_core.policy import relation_name
from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.policy import Action

Form = Literal["table", "markdown", "json"]
HEAD = ("table", "column", "type", "action", "reason")
DROPPED = "a row that refers to no row is left out"
NULLED = "NULL where it refers to no row"
COPIED, CARRIED, GENERATED = "passthrough", "no rule", "generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happens to one column, or to all columns of a table without rows."""

    table: str
    column: str
    type: str
    action: str
    reason: str

    @property
    def name(self) -> str:
        """The column as a person reads it; a table without rows stands for all of its columns."""
        return spelled(self.column) if self.type else self.column

    @property
    def masks(self) -> bool:
        """Whether the column is masked."""
        return bool(self.type) and self.action != COPIED


def lines_of(plan: Plan, catalog: Catalog) -> tuple[Line, ...]:
    """Every column, by table; the partitions of a table have no lines of their own."""
    planned = {(table.schema, table.relation): table for table in plan.tables}
    suspected = {(table, column): suspicion for table, column, suspicion in plan.suspected}
    found: dict[tuple[str, str], Line] = {}
    for relation in catalog.tables:
        root = catalog.root(relation)
        table = planned.get((relation.schema, relation.name))
        if table is None:
            lines = [_without_rows(plan, relation, root)]
        else:
            columns = catalog.columns.get(relation.oid, ())
            orphans = _orphans(plan, catalog, relation)
            lines = [_line(table, root, column, suspected, orphans) for column in columns]
        for line in lines:
            found.setdefault((line.table, line.column), line)
    return tuple(sorted(found.values(), key=lambda line: line.table))


def _without_rows(plan: Plan, relation: Relation, root: Relation) -> Line:
    excluded = (relation.schema, relation.name) in plan.excluded
    action = "excluded" if excluded else "empty"
    return Line(table=root.qualified, column="*", type="", action=action, reason="strategy")


def _line(
    table: TablePlan,
    root: Relation,
    column: Column,
    suspected: Mapping[tuple[str, str], Suspicion],
    orphans: Mapping[str, str],
) -> Line:
    planned = next((plan for plan in table.masked if plan.name == column.name), None)
    unmasked = (COPIED, GENERATED if column.generated else CARRIED)
    action, reason = unmasked if planned is None else what_masks(planned)
    few = said_outcomes(planned) if planned is not None else ""
    reason += f"; {few}" if few else ""
    reason += f"; {orphans[column.name]}" if column.name in orphans else ""
    suspicion = suspected.get((relation_name(root.schema, root.name), column.name))
    if suspicion is not None:
        reason = f"{reason}; seems to hold {suspicion.kind} ({suspicion.confidence})"
    return Line(
        table=root.qualified, column=column.name, type=column.type, action=action, reason=reason
    )


def _orphans(plan: Plan, catalog: Catalog, relation: Relation) -> dict[str, str]:
    """What happens to a row whose reference leads to no row, by the columns of its keys."""
    said = dict[str, str]()
    for above in catalog.lineage(relation):
        for key in catalog.foreign_keys:
            if key.relation != above.oid:
                continue
            if leaves_out(plan, catalog, key.relation, key.referenced):
                said |= dict.fromkeys(key.columns, DROPPED)
            elif above.oid in plan.nulls_orphans:
                said |= dict.fromkeys(nullable_columns(catalog, key), NULLED)
    return said


def show(lines: Sequence[Line], form: Form) -> str:
    """The lines as text for a terminal, as Markdown for a review, or as JSON for a program."""
    if form == "json":
        return json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False)
    rows = [(line.table, line.name, line.type, line.action, line.reason) for line in lines]
    return "\n".join((markdown_table if form == "markdown" else text_table)(HEAD, rows))


def differences(before: Iterable[Line], after: Iterable[Line]) -> tuple[str, ...]:
    """The columns that differ between two plans: `-` and how it was, `+` and how it is."""
    old = {(line.table, line.column): line for line in before}
    new = {(line.table, line.column): line for line in after}
    changed = []
    for place in sorted({*old, *new}):
        was, becomes = old.get(place), new.get(place)
        if was == becomes:
            continue
        if was is not None:
            changed.append(f"- {_summary(was)}")
        if becomes is not None:
            changed.append(f"+ {_summary(becomes)}")
    return tuple(changed)


def read_lines(shown: str | bytes, name: str = "plan.json") -> tuple[Line, ...]:
    """Read the lines of a plan that was shown as JSON, in the file of this name."""
    try:
        return TypeAdapter(tuple[Line, ...]).validate_json(shown)
    except ValidationError:
        raise PreflightError(
            f"Reading the earlier plan {name}",
            "it does not hold a plan as JSON",
            "Write one with the earlier policy: privaci plan --format json > plan.json.",
        ) from None


def what_masks(column: ColumnPlan) -> tuple[str, str]:
    """The action of a masked column and its reason, in words."""
    action = what_masks_by(column.action)
    reason = f"detected: {column.evidence}" if column.reason == "detected" else column.reason
    persona = getattr(column.action, "persona", None)
    reason += f"; names the person of {spelled(persona)}" if persona else ""
    return action, reason + (", on a condition" if column.when is not None else "")


def what_masks_by(action: Action) -> str:
    """An action and its provider, in words."""
    provider = getattr(action, "provider", None)
    return f"{action.action} {provider}" if provider else action.action


def _summary(line: Line) -> str:
    return f"{line.table}.{line.name} ({line.type}): {line.action}, {line.reason}"
