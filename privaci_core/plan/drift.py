"""Compares a source with its lock file, and says which changes need a review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.catalog.lock_file import lock_of
from privaci_core.errors import DriftError
from privaci_core.policy import relation_name
from privaci_core.postgres.names import column_name, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.catalog.lock_file import Lock, LockedTable
    from privaci_core.plan.plan import Plan

Kind = Literal["added", "removed", "changed", "detected"]
REVIEW = (
    "Cover what is new in the policy (`passthrough`, if it may be seen), run `privaci introspect`,"
    " commit both."
)
NOTE = "Nothing stops: `privaci introspect` notes it in the lock file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, and whether a person must review it before anything is copied."""

    kind: Kind
    place: str
    said: str
    blocks: bool
    # The table that changed, or whose column did; none where a detector speaks of all changes.
    table: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.place}: {self.said}"

    @property
    def sentence(self) -> str:
        """The change with what to do about it."""
        begun = f"{self.kind.capitalize()} {self.place}: {self.said}."
        return f"{begun} {REVIEW if self.blocks else NOTE}"


# What the plan does with a column, and whether that needs a review.
Verdict = tuple[str, bool]
NOT_PERSONAL: Verdict = ("it does not look personal", False)


def drift(lock: Lock, catalog: Catalog, plan: Plan) -> tuple[Change, ...]:
    """Every change from the reviewed shape of a source to the present one, by table."""
    before = {table.qualified: table for table in lock.tables}
    after = {table.qualified: table for table in lock_of(catalog).tables}
    verdicts = _suspected(catalog, plan) | _masked(catalog, plan)
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name not in after:
            found.append(_blocking("removed", name, "the table is gone"))
        elif name not in before:
            count = len(after[name].columns)
            columns = "column" if count == 1 else "columns"
            new = f"a new table of {count} {columns} that no asset loads yet"
            found.append(_blocking("added", name, new))
        else:
            found += _in_columns(name, before[name], after[name], verdicts)
            found += _in_keys(name, before[name], after[name])
    return tuple(found)


def concerning(changes: Iterable[Change], tables: frozenset[str]) -> list[Change]:
    """The changes of these tables and of their columns; all of them where none is named.

    What a detector says is of no table, and concerns all.
    """
    return [
        change
        for change in changes
        if not tables
        or change.kind == "detected"
        or change.place in tables
        or table_of(change.place) in tables
    ]


def refuse_drift(changes: Iterable[Change]) -> None:
    """Refuse new and removed tables, and new columns that look personal and have no rule."""
    blocking = [str(change) for change in changes if change.blocks]
    if blocking:
        raise DriftError(
            "Comparing the source with its lock file",
            "\n    - ".join([f"{len(blocking)} changes need a review", *blocking]),
            "Cover the columns in the policy (passthrough, if they may be seen),"
            " run privaci introspect, commit both.",
        )


def _blocking(kind: Kind, table: str, said: str) -> Change:
    return Change(kind=kind, place=table, said=said, blocks=True, table=table)


def _harmless(kind: Kind, table: str, said: str, column: str = "") -> Change:
    place = column_name(table, column) if column else table
    return Change(kind=kind, place=place, said=said, blocks=False, table=table)


def _in_columns(
    name: str, before: LockedTable, after: LockedTable, verdicts: Mapping[str, Verdict]
) -> Iterator[Change]:
    for column, type_name in after.columns.items():
        place, earlier = column_name(name, column), before.columns.get(column)
        if earlier is None:
            said, blocks = verdicts.get(place, NOT_PERSONAL)
            yield Change(kind="added", place=place, said=said, blocks=blocks, table=name)
        elif earlier != type_name:
            said = f"its type was {earlier} and is {type_name}"
            yield _harmless("changed", name, said, column)
    for column in before.columns:
        if column not in after.columns:
            yield _harmless("removed", name, "the column is gone", column)


def _in_keys(name: str, before: LockedTable, after: LockedTable) -> Iterator[Change]:
    if before.primary_key != after.primary_key:
        was, becomes = (", ".join(t.primary_key) or "none" for t in (before, after))
        yield _harmless("changed", name, f"its primary key was ({was}) and is ({becomes})")
    if before.references != after.references:
        yield _harmless("changed", name, "its foreign keys refer to other tables")


def _suspected(catalog: Catalog, plan: Plan) -> dict[str, Verdict]:
    """The columns that look personal and that nothing masks."""
    roots = {relation_name(root.schema, root.name): root.qualified for root in catalog.roots}
    return {
        column_name(roots[table], column): (
            f"looks like {s.kind} ({s.evidence}), and is not covered",
            True,
        )
        for table, column, s in plan.suspected
        if s.confidence != "low"
    }


def _masked(catalog: Catalog, plan: Plan) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for table in plan.tables:
        root = catalog.root(catalog.by_name[table.name])
        for column in table.masked:
            covered = f"covered: {column.action.action}, {column.reason}"
            found[column_name(root.qualified, column.name)] = (covered, False)
    return found
