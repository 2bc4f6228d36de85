"""Decides what happens to every column of every table, before anything is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.codecs.registry import codec_of
from privaci_core.detect.suspect import Suspicion, suspicions
from privaci_core.masks import Keys, Unbindable, bind, bind_across, reads
from privaci_core.plan.column_shape import shape_of
from privaci_core.plan.conditions import CelError, compile_condition
from privaci_core.plan.linked_columns import groups_of, ties_of
from privaci_core.plan.rules import (
    Reach,
    Reason,
    named,
    path_of,
    reach_columns,
    rule_of,
    suspected_columns,
)
from privaci_core.policy import (
    Fake,
    FindingsError,
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
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.sample import Contents
    from privaci_core.masks import Shape
    from privaci_core.policy import Action, Finding, Policy

WireFormat = Literal["binary", "text"]

# Actions on a whole array; all others reach into it.
OF_WHOLE_VALUES = (Null, Shuffle)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """What happens to one masked column, and why."""

    name: str
    action: Action
    shape: Shape
    reason: Reason
    evidence: str = ""
    # The type whose form its values have on the wire.
    wire_type: str
    is_array: bool = False
    # Where it is not true, the value stays as it is.
    when: sql.Composable | None = None
    # Other columns of the row that the mask looks at.
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How the rows of one table travel: which columns are masked, which are carried, and in which wire format."""

    schema: str
    relation: str
    masked: tuple[ColumnPlan, ...]
    # Columns that masks look at and that stay as they are, with their types.
    read: tuple[tuple[str, str], ...]
    carried: tuple[str, ...]
    format: WireFormat
    where: str | None
    # At most so many rows are masked at once; none: what fits a block's bytes.
    block_rows: int | None
    size_bytes: int
    key: tuple[Column, ...]
    # Where the rows are loaded: the table itself, or the partitioned table above it, which finds each fake's partition.
    into: sql.Identifier

    @property
    def name(self) -> str:
        """The table as a person reads it."""
        return f"{self.schema}.{self.relation}"

    @property
    def identifier(self) -> sql.Identifier:
        """The table as SQL names it."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def leading(self) -> tuple[str, ...]:
        """The columns that are decoded, masked ones first."""
        return (*(column.name for column in self.masked), *(name for name, _ in self.read))

    @property
    def conditions(self) -> tuple[sql.Composable, ...]:
        """The conditions of masks, which travel behind the leading columns and end here."""
        return tuple(column.when for column in self.masked if column.when is not None)

    @property
    def columns(self) -> sql.Composed:
        """Every column that is loaded, decoded ones first: the order of the stream."""
        return sql.SQL(", ").join(map(sql.Identifier, (*self.leading, *self.carried)))

    @property
    def selected(self) -> sql.Composed:
        """What is read from the source: the columns, and after the leading ones the conditions."""
        flags = (sql.SQL("coalesce({}, false)").format(condition) for condition in self.conditions)
        leading, carried = (map(sql.Identifier, names) for names in (self.leading, self.carried))
        return sql.SQL(", ").join([*leading, *flags, *carried])

    @property
    def condition(self) -> sql.SQL | None:
        """The policy's own predicate on the source's rows, in brackets."""
        return sql.SQL(f"({self.where})") if self.where else None

    @property
    def width(self) -> int:
        """How many columns are loaded."""
        return len(self.leading) + len(self.carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to a whole database."""

    tables: tuple[TablePlan, ...]
    # Tables that are not created.
    excluded: frozenset[tuple[str, str]] = frozenset()
    # Tables, by their numbers, whose references to nothing become NULL.
    lets_go: frozenset[int] = frozenset()
    # Columns that no rule reaches and that seem to hold something about people: they are copied as they are.
    # The table as the policy names it, the column, and what it seems to hold.
    suspected: tuple[tuple[str, str, Suspicion], ...] = ()

    @property
    def masked_columns(self) -> int:
        """How many columns are masked."""
        return sum(len(table.masked) for table in self.tables)


def plan_copy(
    catalog: Catalog, policy: Policy, contents: Mapping[Place, Contents] | None = None
) -> Plan:
    """Plan every table that gets rows, the largest first; what cannot hold is refused, all of it at once.

    What was sampled of columns that the policy does not list decides with their names which of them are personal.
    """
    findings: list[Finding] = []
    excluded = _of_strategy(catalog, policy, "exclude")
    findings += _needed(catalog, policy, excluded)
    known = suspicions(catalog, contents) if policy.auto_detect else {}
    masks = _masks(catalog, policy, known, findings)
    suspected = {} if policy.strict_autodetect else suspected_columns(catalog, policy, known, masks)
    findings += _unbindable(catalog, policy, masks)
    if findings:
        raise FindingsError("Planning the copy", findings)
    empty = _of_strategy(catalog, policy, "empty", "truncate")
    loaded = (relation for relation in catalog.tables if relation.oid not in excluded | empty)
    tables = (_plan_table(catalog, policy, relation, masks) for relation in loaded)
    return Plan(
        tables=tuple(sorted(tables, key=lambda table: (-table.size_bytes, table.name))),
        excluded=_names(catalog, excluded),
        suspected=tuple(
            (named(catalog.by_oid[place[0]]), place[1], found) for place, found in suspected.items()
        ),
        lets_go=frozenset(
            relation.oid
            for relation in catalog.relations
            if relation.kind in {"r", "p"}
            and relation.oid not in excluded
            and (rule := rule_of(catalog, policy, relation))
            and rule.null_orphan_fks
        ),
    )


def _names(catalog: Catalog, relations: Iterable[int]) -> frozenset[tuple[str, str]]:
    return frozenset((catalog.by_oid[oid].schema, catalog.by_oid[oid].name) for oid in relations)


def _of_strategy(catalog: Catalog, policy: Policy, *strategies: str) -> frozenset[int]:
    """The tables of a strategy, a partitioned one's partitions among them."""
    return frozenset(
        relation.oid
        for relation in catalog.relations
        if relation.kind in {"r", "p"}
        and (rule := rule_of(catalog, policy, relation))
        and rule.strategy in strategies
    )


def _needed(catalog: Catalog, policy: Policy, excluded: frozenset[int]) -> Iterator[Finding]:
    """Excluded tables that a kept table's foreign key refers to."""
    for key in catalog.foreign_keys:
        if key.referenced in excluded and key.relation not in excluded:
            name, keeper = (
                named(catalog.by_oid[key.referenced]),
                catalog.by_oid[key.relation].qualified,
            )
            reason = f"the foreign key {key.name} of {keeper} needs the table"
            remedy = f"Use strategy: empty with null_orphan_fks, or exclude {keeper} as well."
            yield policy.finding("tables", name, "strategy", reason=reason, remedy=remedy)


def _masks(
    catalog: Catalog, policy: Policy, known: Mapping[Place, Suspicion], findings: list[Finding]
) -> dict[Place, ColumnPlan]:
    """The plans of all columns that a rule reaches, by themselves or through what they are tied to."""
    ties = ties_of(catalog, policy, findings)

    found = reach_columns(catalog, policy, ties, known, findings)
    pairs = [(tie.referencing, tie.referenced) for tie in ties]
    aliased: dict[tuple[str, str], list[Place]] = {}
    for place, reach in found.items():
        if isinstance(reach.action, Fake | Pseudonym) and reach.action.seed_alias:
            aliased.setdefault((reach.action.provider, reach.action.seed_alias), []).append(place)
    # Columns that name the same alias are meant to match: they are masked as the most demanding of them needs it.
    groups = groups_of(
        [*pairs, *(pair for places in aliased.values() for pair in pairwise(places))]
    )
    plans = {}
    for place, reach in found.items():
        shape = shape_of(
            catalog, place, [other for other in groups.get(place, ()) if other in found]
        )
        plan = _column_plan(catalog, place, reach, shape)
        findings += _unreadable(catalog, policy, place, plan)
        plans[place] = _with_condition(catalog, policy, place, reach.when, plan, findings)
    beside: dict[int, list[str]] = {}
    for (oid, name), plan in plans.items():
        if _names_somebody(plan):
            beside.setdefault(oid, []).append(name)
    return {place: _knowing(plan, beside.get(place[0], [])) for place, plan in plans.items()}


def _knowing(plan: ColumnPlan, beside: list[str]) -> ColumnPlan:
    """A text in which names are looked for is told those of its own row."""
    if not isinstance(plan.action, NerMask) or plan.is_array:
        return plan
    return replace(plan, reads=tuple(sorted(beside)))


def _names_somebody(plan: ColumnPlan) -> bool:
    keeps_apart = isinstance(plan.action, Fake | Pseudonym | Hash | HmacHash | Fpe)
    return keeps_apart and plan.shape.is_text and not plan.is_array


def _column_plan(catalog: Catalog, place: Place, reach: Reach, shape: Shape) -> ColumnPlan:
    column = catalog.column(catalog.by_oid[place[0]], place[1])
    return ColumnPlan(
        name=place[1],
        action=reach.action,
        shape=shape,
        reason=reach.reason,
        evidence=reach.evidence,
        wire_type=_wire_type(column) if column else "",
        is_array=bool(column and column.is_array) and not isinstance(reach.action, OF_WHOLE_VALUES),
        reads=reads(reach.action),
    )


def _unreadable(
    catalog: Catalog, policy: Policy, place: Place, plan: ColumnPlan
) -> Iterator[Finding]:
    """Columns that a mask looks at and that are not there."""
    known = [column.name for column in catalog.columns.get(place[0], ())]
    for name in plan.reads:
        if name not in known:
            reason = f"the table has no column {name}"
            yield policy.finding(
                *path_of(catalog, place), reason=reason, remedy=suggest(name, known)
            )


def _with_condition(
    catalog: Catalog,
    policy: Policy,
    place: Place,
    when: str | None,
    plan: ColumnPlan,
    findings: list[Finding],
) -> ColumnPlan:
    """The plan with its condition as SQL."""
    if when is None or isinstance(plan.action, Passthrough):
        return plan
    path = (*path_of(catalog, place), "when")
    # What counts is the column's own index; a key that it refers to elsewhere says nothing about its own rows.
    never_meets = plan.shape.is_text and isinstance(plan.action, Fake | Pseudonym | Hash)
    if shape_of(catalog, place).unique and not never_meets:
        why = "a value that stays and a fake could meet in a unique column"
        findings.append(
            policy.finding(*path, reason=why, remedy="Leave `when` out, or use hash on text.")
        )
    try:
        return replace(plan, when=compile_condition(when, catalog.columns.get(place[0], ())))
    except CelError as error:
        findings.append(policy.finding(*path, reason=error.reason, remedy=error.remedy))
        return plan


def _unbindable(
    catalog: Catalog, policy: Policy, masks: dict[Place, ColumnPlan]
) -> Iterator[Finding]:
    """What no mask can do for a column is said before anything is read; the key does not matter for it."""
    probe = Keys.of(b"", b"")
    for place, column in masks.items():
        try:
            if isinstance(column.action, Template) or (
                column.reads and not isinstance(column.action, NerMask)
            ):
                bind_across(column.action, column.shape, probe)  # type: ignore[arg-type]
            elif not isinstance(column.action, Passthrough):
                bind(column.action, column.shape, probe)
        except Unbindable as error:
            if column.reason == "inherited by key" and _root_is_refused(
                catalog, place, column, masks
            ):
                continue
            yield policy.finding(*path_of(catalog, place), reason=error.reason, remedy=error.remedy)


def _root_is_refused(
    catalog: Catalog, place: Place, column: ColumnPlan, masks: dict[Place, ColumnPlan]
) -> bool:
    """A partition says nothing that its parent does not."""
    parent = catalog.by_oid[place[0]].partition_of
    above = masks.get((parent, place[1])) if parent else None
    return above is not None and above.shape == column.shape


def _plan_table(
    catalog: Catalog, policy: Policy, relation: Relation, masks: dict[Place, ColumnPlan]
) -> TablePlan:
    rule = rule_of(catalog, policy, relation)
    columns = [column for column in catalog.columns.get(relation.oid, ()) if not column.generated]
    masked = {
        column.name: plan
        for column in columns
        if (plan := masks.get((relation.oid, column.name)))
        and not isinstance(plan.action, Passthrough)
    }
    looked_at = {name for plan in masked.values() for name in plan.reads}
    read = tuple(
        (c.name, _wire_type(c)) for c in columns if c.name in looked_at and c.name not in masked
    )
    leading = {*masked, *(name for name, _ in read)}
    return TablePlan(
        schema=relation.schema,
        relation=relation.name,
        masked=tuple(masked.values()),
        read=read,
        carried=tuple(column.name for column in columns if column.name not in leading),
        format=_format(columns, leading),
        where=rule.where if rule else None,
        block_rows=(rule and rule.batch_size) or policy.batch_size,
        size_bytes=relation.size_bytes,
        key=_primary_key(catalog, relation),
        into=_routed(catalog, relation, masked),
    )


def _routed(catalog: Catalog, relation: Relation, masked: Iterable[str]) -> sql.Identifier:
    """A partition takes its rows itself, but where a column that decides about partitions is masked."""
    above = relation
    while above.partition_of is not None:
        above = catalog.by_oid[above.partition_of]
        key = above.partition_key or ""
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", key) for name in masked):
            return catalog.root(relation).identifier
    return relation.identifier


def _format(columns: list[Column], leading: set[str]) -> WireFormat:
    """Binary where each type's binary form means the same in both databases and masks know the forms they need."""
    binary = all(
        column.binary and (column.name not in leading or codec_of(_wire_type(column)) is not None)
        for column in columns
    )
    return "binary" if binary else "text"


def _wire_type(column: Column) -> str:
    """The type's own name; an enum's labels travel as text."""
    return "text" if column.scalar_kind == "e" and not column.is_array else column.base_type


def _primary_key(catalog: Catalog, relation: Relation) -> tuple[Column, ...]:
    primary = next((key for key in catalog.keys.get(relation.oid, ()) if key.is_primary), None)
    found = (catalog.column(relation, name) for name in (primary.columns if primary else ()))
    return tuple(column for column in found if column)
