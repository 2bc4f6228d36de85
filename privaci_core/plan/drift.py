"""Compares a source with its lock file: what came, went or changed, and what the policy makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.catalog.lock_file import lock_of
from privaci_core.errors import DriftError
from privaci_core.policy import relation_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.catalog.lock_file import Lock, LockedTable
    from privaci_core.plan.plan import Plan

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference, and whether a person must look at it before anything is copied."""

    kind: Kind
    place: str
    said: str
    blocks: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.place}: {self.said}"


def drift(lock: Lock, catalog: Catalog, plan: Plan) -> tuple[Change, ...]:
    """Every difference between the reviewed shape of a source and the one it has now, in their order."""
    before = {table.qualified: table for table in lock.tables}
    after = {table.qualified: table for table in lock_of(catalog).tables}
    verdicts = _verdicts(catalog, plan)
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name not in after:
            said = "the table is not there any more"
            found.append(Change(kind="removed", place=name, said=said, blocks=True))
        elif name not in before:
            said = f"a new table of {len(after[name].columns)} columns, which no asset loads yet"
            found.append(Change(kind="added", place=name, said=said, blocks=True))
        else:
            found += _in_table(name, before[name], after[name], verdicts)
    return tuple(found)


def refuse_drift(changes: Iterable[Change]) -> None:
    """Raise where a person must look first: a table without an asset, a personal column that nobody covered."""
    blocking = [str(change) for change in changes if change.blocks]
    if blocking:
        raise DriftError(
            "Comparing the source with its lock file",
            "\n    - ".join([f"{len(blocking)} changes wait for a review", *blocking]),
            "Cover the columns in the policy (passthrough, if they may be seen), run privaci introspect, commit both.",
        )


def _in_table(
    name: str, before: LockedTable, after: LockedTable, verdicts: Mapping[str, tuple[str, bool]]
) -> Iterator[Change]:
    for column in after.columns:
        if column not in before.columns:
            said, blocks = verdicts.get(
                f"{name}.{column}", ("nothing personal is seen in it", False)
            )
            yield Change(kind="added", place=f"{name}.{column}", said=said, blocks=blocks)
        elif before.columns[column] != after.columns[column]:
            said = f"its type was {before.columns[column]} and is {after.columns[column]}"
            yield Change(kind="changed", place=f"{name}.{column}", said=said, blocks=False)
    for column in before.columns:
        if column not in after.columns:
            yield Change(
                kind="removed",
                place=f"{name}.{column}",
                said="it is not there any more",
                blocks=False,
            )
    if before.primary_key != after.primary_key:
        keys = [", ".join(table.primary_key) or "none" for table in (before, after)]
        said = f"its primary key was ({keys[0]}) and is ({keys[1]})"
        yield Change(kind="changed", place=name, said=said, blocks=False)
    if before.references != after.references:
        yield Change(
            kind="changed", place=name, said="its foreign keys refer to other tables", blocks=False
        )


def _verdicts(catalog: Catalog, plan: Plan) -> dict[str, tuple[str, bool]]:
    """What the plan makes of each column that it masks or that it suspects, and whether that needs a review."""
    found: dict[str, tuple[str, bool]] = {}
    for relation in catalog.relations:
        if relation.kind in {"r", "p"} and relation.partition_of is None:
            name = relation_name(relation.schema, relation.name)
            found |= {
                f"{relation.qualified}.{column}": (
                    f"looks like {s.kind} ({s.evidence}), and is not covered",
                    True,
                )
                for table, column, s in plan.suspected
                if table == name and s.confidence != "low"
            }
    for table in plan.tables:
        root = catalog.root(catalog.by_name[table.name])
        found |= {
            f"{root.qualified}.{column.name}": (
                f"covered: {column.action.action}, {column.reason}",
                False,
            )
            for column in table.masked
        }
    return found
