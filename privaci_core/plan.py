"""Decides what happens to every column of every table, before anything is read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.masks import Keys, Shape, Unbindable, bind
from privaci_core.policy import FindingsError, Passthrough, relation_name, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog import Catalog, Column, Relation
    from privaci_core.policy import Action, Finding, Policy

WireFormat = Literal["binary", "text"]
Reason = Literal["rule", "inherited by key"]
# A column, by the number of its relation and its name.
Place = tuple[int, str]

# Types whose binary form on the wire is their text form.
TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "name", "citext", "json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """What happens to one masked column, and why."""

    name: str
    action: Action
    shape: Shape
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How the rows of one table travel: which columns are masked, which are carried, and in which wire format."""

    schema: str
    relation: str
    masked: tuple[ColumnPlan, ...]
    carried: tuple[str, ...]
    format: WireFormat
    where: str | None
    size_bytes: int
    key: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The table as a person reads it."""
        return f"{self.schema}.{self.relation}"

    @property
    def identifier(self) -> sql.Identifier:
        """The table as SQL names it."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def columns(self) -> sql.Composed:
        """Every column that travels, masked ones first: the order of the stream."""
        names = (*(column.name for column in self.masked), *self.carried)
        return sql.SQL(", ").join(map(sql.Identifier, names))

    @property
    def condition(self) -> sql.SQL | None:
        """The policy's own predicate on the source's rows, in brackets."""
        return sql.SQL(f"({self.where})") if self.where else None

    @property
    def width(self) -> int:
        """How many columns travel."""
        return len(self.masked) + len(self.carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to a whole database."""

    tables: tuple[TablePlan, ...]

    @property
    def masked_columns(self) -> int:
        """How many columns are masked."""
        return sum(len(table.masked) for table in self.tables)


def plan_copy(catalog: Catalog, policy: Policy) -> Plan:
    """Plan every table that gets rows, the largest first; what cannot hold is refused, all of it at once."""
    findings: list[Finding] = []
    rules = _rules_by_column(catalog, policy, findings)
    masks = _follow_keys(catalog, policy, rules, findings)
    findings += _unbindable(catalog, policy, masks)
    if findings:
        raise FindingsError("Planning the copy", findings)
    tables = (_plan_table(catalog, policy, relation, masks) for relation in catalog.tables)
    return Plan(tables=tuple(sorted(filter(None, tables), key=lambda table: (-table.size_bytes, table.name))))


def _rules_by_column(catalog: Catalog, policy: Policy, findings: list[Finding]) -> dict[Place, ColumnPlan]:
    """The file's rules, by the columns that they are about; unknown names become findings."""
    rules = {}
    tables = {_named(relation): relation for relation in catalog.relations if relation.kind in {"r", "p"}}
    for name, rule in policy.tables.items():
        relation = tables.get(name)
        if relation is None:
            near = suggest(name, tables)
            findings.append(policy.finding("tables", name, reason="the source has no such table", remedy=near))
            continue
        names = [column.name for column in catalog.columns.get(relation.oid, ())]
        for column, action in rule.columns.items():
            if column in names:
                rules[relation.oid, column] = _column_plan(catalog, relation.oid, column, action, "rule")
            else:
                path, near = ("tables", name, "columns", column), suggest(column, names)
                findings.append(policy.finding(*path, reason="the table has no such column", remedy=near))
    return rules


def _follow_keys(
    catalog: Catalog, policy: Policy, rules: dict[Place, ColumnPlan], findings: list[Finding]
) -> dict[Place, ColumnPlan]:
    """Give every column that is tied to a ruled one by keys or partitions the same rule."""
    tied = _tied_columns(catalog)
    masks = dict(rules)
    waiting = list(rules)
    while waiting:
        place = waiting.pop()
        for other in tied[place]:
            if other not in masks:
                masks[other] = _column_plan(catalog, *other, masks[place].action, "inherited by key")
                waiting.append(other)
            elif masks[other].action != masks[place].action and place < other:
                reason = f"it holds the same key as {'.'.join(_path(catalog, other)[1::2])}, but has another rule"
                remedy = "Give both the same rule, or remove one."
                findings.append(policy.finding(*_path(catalog, place), reason=reason, remedy=remedy))
    return masks


def _tied_columns(catalog: Catalog) -> dict[Place, set[Place]]:
    """Which columns must hold the same values: both ends of foreign keys, and partitions with their parents."""
    tied: dict[Place, set[Place]] = defaultdict(set)

    def tie(one: Place, other: Place) -> None:
        tied[one].add(other)
        tied[other].add(one)

    for key in catalog.foreign_keys:
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True):
            tie((key.relation, column), (key.referenced, referenced))
    for relation in catalog.relations:
        for parent in (*relation.inherits, *([relation.partition_of] if relation.partition_of else [])):
            for shared in catalog.columns.get(parent, ()):
                tie((parent, shared.name), (relation.oid, shared.name))
    return tied


def _column_plan(catalog: Catalog, relation: int, name: str, action: Action, reason: Reason) -> ColumnPlan:
    column = catalog.column(catalog.by_oid[relation], name)
    unique = any(name in (*key.columns, *key.expression_columns) for key in catalog.keys.get(relation, ()))
    shape = Shape(
        max_length=column.max_length if column else None,
        unique=unique,
        not_null=bool(column and column.not_null),
    )
    return ColumnPlan(name=name, action=action, shape=shape, reason=reason)


def _unbindable(catalog: Catalog, policy: Policy, masks: dict[Place, ColumnPlan]) -> Iterator[Finding]:
    """What no mask can do for a column is said before anything is read; the key does not matter for it."""
    probe = Keys.of(b"", b"")
    for place, column in masks.items():
        if isinstance(column.action, Passthrough):
            continue
        try:
            bind(column.action, column.shape, probe)
        except Unbindable as error:
            yield policy.finding(*_path(catalog, place), reason=error.reason, remedy=error.remedy)


def _plan_table(
    catalog: Catalog, policy: Policy, relation: Relation, masks: dict[Place, ColumnPlan]
) -> TablePlan | None:
    rule = policy.tables.get(_named(relation)) or policy.tables.get(_named(catalog.root(relation)))
    if rule is not None and rule.strategy != "transform":
        return None
    columns = [column for column in catalog.columns.get(relation.oid, ()) if not column.generated]
    masked = {
        column.name: plan
        for column in columns
        if (plan := masks.get((relation.oid, column.name))) and not isinstance(plan.action, Passthrough)
    }
    return TablePlan(
        schema=relation.schema,
        relation=relation.name,
        masked=tuple(masked.values()),
        carried=tuple(column.name for column in columns if column.name not in masked),
        format=_format(columns, masked),
        where=rule.where if rule else None,
        size_bytes=relation.size_bytes,
        key=_primary_key(catalog, relation),
    )


def _format(columns: list[Column], masked: dict[str, ColumnPlan]) -> WireFormat:
    """Binary where each type's binary form means the same in both databases and masks need no other form."""
    binary = all(column.binary and (column.name not in masked or column.base_type in TEXT_TYPES) for column in columns)
    return "binary" if binary else "text"


def _primary_key(catalog: Catalog, relation: Relation) -> tuple[Column, ...]:
    primary = next((key for key in catalog.keys.get(relation.oid, ()) if key.is_primary), None)
    found = (catalog.column(relation, name) for name in (primary.columns if primary else ()))
    return tuple(column for column in found if column)


def _named(relation: Relation) -> str:
    return relation_name(relation.schema, relation.name)


def _path(catalog: Catalog, place: Place) -> tuple[str, ...]:
    return ("tables", _named(catalog.by_oid[place[0]]), "columns", place[1])
