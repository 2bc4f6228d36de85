"""Settles orphans before foreign keys are added: leaves them out, sets keys to NULL, or refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.catalog.foreign_keys import ForeignKey
from privaci_core.errors import CopyError
from privaci_core.plan.orphan_rows import leaves_out
from privaci_core.prove.references import every_reference_in, orphans_of
from privaci_core.refresh.dropped_rows import drop_orphans
from privaci_core.refresh.nulled_references import null_references
from privaci_core.target.ledger_store import has_dropped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.postgres.session import Connection

    Refuse = Callable[[Sequence[ForeignKey]], None]

DOING = "Adding the foreign keys to the target"
REMEDY = (
    "Say in the policy what happens to these rows: orphan_rows: drop leaves them out, with all rows"
    " that refer to them; orphan_rows: null (also null_orphan_fks) sets the reference to NULL,"
    " where its columns may be. Or exclude fewer rows by `where` and `strategy`, or mend the"
    " source."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The foreign keys whose orphans the policy decides about."""

    drops: tuple[ForeignKey, ...]
    # Keys of tables that say nothing, to tables that lose rows.
    follows: tuple[ForeignKey, ...]
    nulls: tuple[ForeignKey, ...]


def settle_orphans(
    copy: Copy, source: Connection, target: Connection, refuse: Refuse
) -> tuple[str, ...]:
    """Do with orphans what the policy says; returns how many, in words.

    All is one transaction with its records: a run that resumes finds all of it, or nothing.
    """
    plan = copy.plan
    if not plan.drops_orphans and not plan.nulls_orphans:
        return ()
    keys = _settled(copy, every_reference_in(source))
    dropped, nulled = dict[str, int](), dict[str, int]()
    with target.transaction():
        # An earlier attempt of a whole refresh has asked already, and has left their parents out.
        if keys.follows and (copy.selection or not has_dropped(target)):
            refuse(keys.follows)
        while True:
            _add(dropped, drop_orphans(copy, target, (*keys.drops, *keys.follows)))
            changed = null_references(copy, target, keys.nulls)
            _add(nulled, changed)
            # A key that is NULL now may be one that other rows refer to.
            if not changed:
                break
    return (
        *(f"TABLE {table}: {_rows(count)} left out" for table, count in dropped.items()),
        *(f"FK CONSTRAINT {key}: {count} orphans are NULL now" for key, count in nulled.items()),
    )


def refuse_orphans(copy: Copy, target: Connection, keys: Iterable[ForeignKey]) -> None:
    """Raise with the number of orphans of every foreign key that has some."""
    found = []
    for key in keys:
        count = orphans_of(target, key) if _is_whole(copy, key) else 0
        if count:
            rows = f"{count} rows refer to nothing in {key.parent_name}"
            found.append(f"{key.name} of {key.child_name}: {rows}")
    if found:
        headline = f"{len(found)} foreign keys have orphans"
        raise CopyError(DOING, "\n    - ".join([headline, *found]), REMEDY)


def _settled(copy: Copy, keys: Iterable[ForeignKey]) -> Settled:
    plan, catalog = copy.plan, copy.catalog
    drops, follows, nulls = list[ForeignKey](), list[ForeignKey](), list[ForeignKey]()
    for key in keys:
        child, parent = (catalog.by_name.get(name) for name in (key.child_name, key.parent_name))
        # The catalog has no tables of extensions.
        if child is None or parent is None or not _is_whole(copy, key):
            continue
        if child.oid in plan.drops_orphans:
            drops.append(key)
        elif child.oid in plan.nulls_orphans:
            nulls.append(key)
        elif leaves_out(plan, catalog, child.oid, parent.oid):
            follows.append(key)
    return Settled(drops=tuple(drops), follows=tuple(follows), nulls=tuple(nulls))


def _is_whole(copy: Copy, key: ForeignKey) -> bool:
    """Whether the target has both tables of a key."""
    ends = {(key.child_schema, key.child), (key.parent_schema, key.parent)}
    return not ends & copy.plan.excluded


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def _rows(count: int) -> str:
    return (
        "1 row that refers to no row is" if count == 1 else f"{count} rows that refer to no row are"
    )
