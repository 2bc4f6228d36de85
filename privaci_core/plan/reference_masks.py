"""Says of references without a foreign key whether equal values get equal fakes at both ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks import Keys, bind
from privaci_core.masks.base.shape import INTEGERS
from privaci_core.plan.inputs import policy_name
from privaci_core.plan.linked_columns import groups_of
from privaci_core.plan.rules import table_rules
from privaci_core.plan.soft_references import SoftReference, references_by_name
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
    split_column,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.plan.column_aliases import ColumnAliases
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.plan import ColumnPlan, Plan

# What a value becomes depends on its row, or says nothing of the value.
OF_ROWS = (NerMask, Null, Shuffle, Template)
# Masks whose fakes depend on the column's room; they are tried on values of nobody.
TRIED = (Fake, Pseudonym, Hash, HmacHash, Fpe)
# They are in lower case: a citext has no other, and a text beside it is mostly written so.
TEXTS = ("mary.jones@corp.example", "mary jones", "b-1042", "+1 555 010 4477", "x" * 40)
NUMBERS = ("7", "1042", "31999")
ANY_KEYS = Keys.of(b"", b"")


def find_references(
    inputs: Inputs,
    links: LinkedColumns,
    aliases: ColumnAliases,
    plans: Mapping[Place, ColumnPlan],
    *,
    everything: bool = False,
) -> tuple[SoftReference, ...]:
    """The references that are declared, named by an alias, or meant by a name, each judged.

    Without `everything` those are left out that match because nothing masks them.
    """
    masked = None if everything else plans.keys()
    linked = groups_of(links.pairs)
    known = {link.referencing for link in links.links} | {place for place, _ in aliases.pairs}
    found = [*_declared(inputs, links), *_aliased(aliases)]
    found += [
        reference
        for reference in references_by_name(inputs.catalog, known, masked)
        if reference.referenced not in linked.get(reference.referencing, ())
    ]
    return judged(not_ignored(inputs, found), plans)


def not_ignored(inputs: Inputs, references: Iterable[SoftReference]) -> Iterator[SoftReference]:
    """The references between tables with rows, but of columns that `implied_fk_ignore` lists."""
    ignored = {split_column(path) for path in inputs.policy.implied_fk_ignore}
    rules = table_rules(inputs.catalog, inputs.policy)
    rowless = {oid for oid, rule in rules.items() if rule.strategy != "transform"}
    for reference in references:
        relation, column = reference.referencing
        table = inputs.catalog.by_oid[relation]
        without_rows = relation in rowless or reference.referenced[0] in rowless
        if not without_rows and (table.schema, table.name, column) not in ignored:
            yield reference


def _declared(inputs: Inputs, links: LinkedColumns) -> Iterator[SoftReference]:
    """The policy's relations: links that are neither keys nor shared with a parent table."""
    names = {policy_name(relation): relation.oid for relation in inputs.catalog.row_tables}
    declared = {
        ((names.get(each.source.relation), one), (names.get(each.target.relation), other))
        for each in inputs.policy.relations
        for one, other in zip(each.source.columns, each.target.columns, strict=True)
    }
    for link in links.links:
        if (link.referencing, link.referenced) in declared:
            yield SoftReference(
                referencing=link.referencing,
                referenced=link.referenced,
                how="declared",
                when=link.when,
            )


def _aliased(aliases: ColumnAliases) -> Iterator[SoftReference]:
    for place, named in aliases.pairs:
        yield SoftReference(referencing=place, referenced=named, how="alias")


def judged(
    references: Iterable[SoftReference], plans: Mapping[Place, ColumnPlan]
) -> tuple[SoftReference, ...]:
    """The references, each with whether its ends are masked alike."""
    return tuple(
        replace(
            each,
            matches=masked_alike(
                plans.get(each.referencing), plans.get(each.referenced), in_some=bool(each.when)
            ),
        )
        for each in references
    )


def plans_of(plan: Plan, catalog: Catalog) -> dict[Place, ColumnPlan]:
    """The masked columns by their places; those of partitions are their table's too."""
    found: dict[Place, ColumnPlan] = {}
    for table in plan.tables:
        relation = catalog.by_name[table.name]
        for column in table.masked:
            found[relation.oid, column.name] = column
            found.setdefault((catalog.root(relation).oid, column.name), column)
    return found


def masked_alike(one: ColumnPlan | None, other: ColumnPlan | None, *, in_some: bool) -> bool:
    """Whether equal values of two columns stay equal; `in_some`: only in some rows of the first."""
    one, other = _masking(one), _masking(other)
    if one is None or other is None:
        return one is other
    if isinstance(one.action, OF_ROWS) or not _same_action(one, other):
        return False
    if not in_some and (one.when is not None or other.when is not None) and one.when != other.when:
        return False
    bare = (replace(each.shape, not_null=False) for each in (one, other))
    return len({repr(shape) for shape in bare}) == 1 or _same_fakes(one, other)


def _masking(plan: ColumnPlan | None) -> ColumnPlan | None:
    return None if plan is None or isinstance(plan.action, Passthrough) else plan


def _same_action(one: ColumnPlan, other: ColumnPlan) -> bool:
    first, second = (each.action.model_copy(update={"when": None}) for each in (one, other))
    return bool(first == second) and one.reads == other.reads


def _same_fakes(one: ColumnPlan, other: ColumnPlan) -> bool:
    """Whether two columns of different bounds give values of nobody the same fakes."""
    if one.reads or not isinstance(one.action, TRIED):
        return True
    if one.shape.is_text and other.shape.is_text:
        room = min(each.shape.room or len(TEXTS[-1]) for each in (one, other))
        tried = pl.Series([text[:room] for text in TEXTS])
    elif {one.shape.type_name, other.shape.type_name} <= INTEGERS.keys():
        tried = pl.Series(NUMBERS)
    else:
        return True
    first, second = (bind(each.action, each.shape, ANY_KEYS)(tried) for each in (one, other))
    return first.equals(second)
