"""Shows a plan to people and programs: every column of every table, what happens to it, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.plan.text_table import markdown_table, text_table
from privaci_core.policy import relation_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import ColumnPlan, Plan

Form = Literal["table", "markdown", "json"]
HEAD = ("table", "column", "type", "action", "reason")
COPIED, CARRIED, GENERATED = "passthrough", "no rule", "generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happens to one column; tables that are not loaded have one line for all of theirs."""

    table: str
    column: str
    type: str
    action: str
    reason: str

    @property
    def masks(self) -> bool:
        """Whether the column's values become others."""
        return bool(self.type) and self.action != COPIED


def lines_of(plan: Plan, catalog: Catalog) -> tuple[Line, ...]:
    """Every column in the order of tables and columns; the partitions of a table are one with it."""
    found: dict[tuple[str, str], Line] = {}
    suspected = {(table, column): found for table, column, found in plan.suspected}
    planned = {(table.schema, table.relation): table for table in plan.tables}
    for relation in catalog.tables:
        root = catalog.root(relation)
        table = planned.get((relation.schema, relation.name))
        if table is None:
            left = "excluded" if (relation.schema, relation.name) in plan.excluded else "empty"
            line = Line(table=root.qualified, column="*", type="", action=left, reason="strategy")
            found.setdefault((root.qualified, "*"), line)
            continue
        masked = {column.name: column for column in table.masked}
        for column in catalog.columns.get(relation.oid, ()):
            action, reason = _what(masked.get(column.name), generated=bool(column.generated))
            suspicion = suspected.get((relation_name(root.schema, root.name), column.name))
            if suspicion is not None:
                reason = f"{reason}; seems to hold {suspicion.kind} ({suspicion.confidence})"
            line = Line(
                table=root.qualified,
                column=column.name,
                type=column.type,
                action=action,
                reason=reason,
            )
            found.setdefault((root.qualified, column.name), line)
    return tuple(sorted(found.values(), key=lambda line: line.table))


def show(lines: Sequence[Line], form: Form) -> str:
    """The lines as text for a terminal, as Markdown for a review, or as JSON for a program."""
    if form == "json":
        return json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False)
    rows = [(line.table, line.column, line.type, line.action, line.reason) for line in lines]
    return "\n".join((markdown_table if form == "markdown" else text_table)(HEAD, rows))


def differences(before: Iterable[Line], after: Iterable[Line]) -> tuple[str, ...]:
    """What changed between two plans, a line a column: gone, new, or another action."""
    old = {(line.table, line.column): line for line in before}
    new = {(line.table, line.column): line for line in after}
    changed = []
    for place in sorted({*old, *new}):
        was, becomes = old.get(place), new.get(place)
        if was != becomes:
            words = [f"- {_said(was)}"] if was else []
            words += [f"+ {_said(becomes)}"] if becomes else []
            changed += words
    return tuple(changed)


def read_lines(text: str) -> tuple[Line, ...]:
    """The lines of a plan that was shown as JSON."""
    return tuple(Line(**line) for line in json.loads(text))


def _what(column: ColumnPlan | None, *, generated: bool) -> tuple[str, str]:
    if column is None:
        return (COPIED, GENERATED if generated else CARRIED)
    return what_masks(column)


def what_masks(column: ColumnPlan) -> tuple[str, str]:
    """What masks a column, and why, in words."""
    provider = getattr(column.action, "provider", None)
    action = f"{column.action.action} {provider}" if provider else column.action.action
    reason = f"detected: {column.evidence}" if column.reason == "detected" else column.reason
    return action, reason + (", on a condition" if column.when is not None else "")


def _said(line: Line) -> str:
    return f"{line.table}.{line.column} ({line.type}): {line.action}, {line.reason}"
