"""The policy's part about subsets: where one starts, and what comes along."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from privaci_core.policy.strict import OrNothing, Strict, Text, refuse
from privaci_core.policy.values import ColumnPath, Predicate, Rows, TableName, spelled_out

# The tags of values that are a word or a mapping.
WORD, MAPPING = "[word]", "[mapping]"


def _form(value: Any) -> str:
    return MAPPING if isinstance(value, dict | PerParent) else WORD


def _exact(number: Any) -> Any:
    """The number as it is written: 0.1 is a tenth."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def _at_least_one(starts: Any) -> Any:
    if not starts:
        refuse("a subset starts nowhere", "Write start: [{table: public.customer, percent: 5}].")
    return starts


class SubsetStart(Strict):
    """Rows that a subset begins with: all of a table, those of a predicate, or some of them."""

    table: TableName
    """The table, `schema.table`; of a partitioned one the whole table."""

    where: Predicate | None = None
    """One boolean SQL expression on the table's rows."""

    percent: Annotated[Decimal, BeforeValidator(_exact), Field(gt=0, le=100)] | None = None
    """How many of these rows, as a share; the same ones at every refresh, and more as it grows."""

    rows: Rows | None = None
    """How many of these rows, as a number; the same ones at every refresh."""

    may_be_empty: bool = False
    """Accept that the start matches no row; else that is refused."""

    @model_validator(mode="after")
    def _one_measure(self) -> SubsetStart:
        if self.percent is not None and self.rows is not None:
            refuse("`percent` and `rows` contradict each other", "Keep one of them.", "rows")
        return self


class PerParent(Strict):
    """Some children of each parent."""

    per_parent: Rows
    """How many; the same ones at every refresh."""


ChildRule = Annotated[
    Annotated[Literal["all", "none"], Tag(WORD)] | Annotated[PerParent, Tag(MAPPING)],
    Discriminator(_form),
]
Children = Annotated[
    Annotated[Literal["all", "none"], Tag(WORD)]
    | Annotated[dict[TableName, ChildRule], Tag(MAPPING)],
    Discriminator(_form),
]
Cut = Annotated[
    Literal["null"], BeforeValidator(spelled_out, json_schema_input_type=Literal["null"] | None)
]
Parents = Annotated[
    Annotated[Literal["all"], Tag(WORD)] | Annotated[dict[ColumnPath, Cut], Tag(MAPPING)],
    Discriminator(_form),
]


class Subset(Strict):
    """Which rows of the source are copied: some rows of some tables, and what belongs to them."""

    start: Annotated[tuple[SubsetStart, ...], BeforeValidator(_at_least_one)]
    """The rows to begin with."""

    children: Children = "all"
    """Rows that refer to a start row or to its children: `all`, `none`, or exceptions by table."""

    parents: Parents = "all"
    """Rows that a kept row refers to: `all`, or columns that become NULL instead."""

    whole: Annotated[tuple[Text, ...], OrNothing] = ()
    """Tables of which every row comes, by name or pattern: `public.country`, `ref.*`."""

    whole_below: Rows | None = None
    """Tables of fewer rows come whole if a kept row refers to them."""

    rest: Literal["whole", "empty"] = "whole"
    """Tables that no reference ties to a start."""

    match: Literal["any", "all"] = "any"
    """Rows that several starts reach: those of any start, or those that belong to all of them."""

    def child_rule(self, table: str) -> Literal["all", "none"] | PerParent:
        """What happens to the children in a table."""
        if isinstance(self.children, str):
            return self.children
        return self.children.get(table, "all")
