"""Narrows a copy to some tables of a published target, with those that keys take along."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import Catalog, read_catalog
from privaci_core.errors import PreflightError
from privaci_core.policy import one_spelling
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.nouns import counted
from privaci_core.refresh.linked_masks import linked_to_other_masks
from privaci_core.target.ledger_store import SETTLED, stored_ledgers
from privaci_core.target.test_runs import open_runs
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from privaci_core.catalog.catalog import Relation
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import Plan
    from privaci_core.target.claim import Along
    from privaci_core.target.ledger_store import Part

DOCS = "docs/how-to/refresh-some-tables.md"
WHOLE = "Refresh the whole database once: privaci run."
SILENT = """
SELECT rolsuper OR pg_catalog.has_parameter_privilege('session_replication_role', 'SET')
FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
SILENT_BEFORE_15 = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
PARAMETER_PRIVILEGES = 150_000


def selected(catalog: Catalog, plan: Plan, tables: Iterable[str], along: Along) -> frozenset[str]:
    """The names of the roots to load: the given tables, and those that keys take along."""
    known = {root.qualified for root in catalog.roots}
    loaded = {catalog.root_name(table.name) for table in plan.tables}
    wanted = set(map(one_spelling, tables))
    for table in sorted(wanted - known):
        _refuse_partition(catalog, table)
        near = get_close_matches(table, known, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise _refused(
            f"there is no table {table} in the source", f"{meant}Name tables as schema.table."
        )
    for table in sorted(wanted - loaded):
        raise _refused(f"the policy copies no rows of {table}", "Leave it out, or change its rule.")
    return frozenset(_with_relatives(catalog, wanted, along) & loaded)


def _refuse_partition(catalog: Catalog, name: str) -> None:
    """Refuse a partition: its rows may belong into another one now, so all are exchanged."""
    relation = catalog.by_name.get(name)
    if relation is not None and relation.partition_of is not None:
        root = catalog.root(relation).qualified
        raise _refused(f"{name} is a partition of {root}", f"Name {root}: all its partitions.")


def _with_relatives(catalog: Catalog, tables: set[str], along: Along) -> set[str]:
    """The tables, and all that they refer to or that refers to them, however far."""
    links = [
        (_root(catalog, key.relation), _root(catalog, key.referenced))
        for key in catalog.foreign_keys
    ]
    found, before = set(tables), set[str]()
    while found != before:
        before = set(found)
        if "parents" in along:
            found |= {parent for child, parent in links if child in found}
        if "children" in along:
            found |= {child for child, parent in links if parent in found}
    return found


def _root(catalog: Catalog, oid: int) -> str:
    return catalog.root(catalog.by_oid[oid]).qualified


def narrowed(copy: Copy, tables: frozenset[str]) -> Copy:
    """The copy of these tables alone."""
    plan, catalog = copy.plan, copy.catalog
    oids = {
        relation.oid for relation in catalog.relations if catalog.root(relation).qualified in tables
    }
    return replace(
        copy,
        selection=tables,
        policy_plan=plan,
        plan=replace(
            plan,
            tables=tuple(table for table in plan.tables if copy.root_of(table) in tables),
            nulls_orphans=plan.nulls_orphans & oids,
            drops_orphans=plan.drops_orphans & oids,
            follows_drops=plan.follows_drops & oids,
            suspected=tuple(each for each in plan.suspected if each[0] in tables),
        ),
    )


def refuse_unsuitable(copy: Copy) -> None:
    """Refuse a target into which these tables do not fit: nothing may be half of one refresh."""
    with target_session(copy.live, autocommit=True) as target:
        refuse_unfinished(target, _doing(copy))
        # Their rows stand in several tables, and only a refresh of all tables takes all of them.
        if runs := open_runs(target):
            have = counted(len(runs), "run of test data has", "runs of test data have")
            raise _refused(
                f"{have} rows in the target", "Reset them first: privaci reset-all --confirm.", copy
            )
        stored = stored_ledgers(target)
        if not stored.parts:
            raise _refused("the target holds no published copy", WHOLE, copy)
        other_salt = [part.relation for part in stored.parts if not _same_keys(copy, part)]
        if other_salt:
            why = f"{other_salt[0]} was masked with another salt, or by an earlier version"
            raise _refused(f"{why}: keys would not match", WHOLE, copy)
        _refuse_other_masks(copy, stored.parts)
        differing = list(_other_shapes(copy, read_catalog(target)))
        if differing:
            why = f"{', '.join(differing)} differ between the source and the target"
            raise _refused(why, WHOLE, copy)
        new = target.info.server_version >= PARAMETER_PRIVILEGES
        if target.execute(SILENT if new else SILENT_BEFORE_15).fetchone() != (True,):
            why = "the target's user may not silence triggers"
            grant = "GRANT SET ON PARAMETER session_replication_role TO it (Postgres 15)"
            raise _refused(why, f"{grant}, or connect as a superuser.", copy)


def _same_keys(copy: Copy, part: Part) -> bool:
    if part.origin is None:
        # Only what befell orphans has none; it belongs to chunks that have one.
        return part.name.startswith(SETTLED)
    return part.origin.keys == copy.ends.keys.fingerprint()


def _refuse_other_masks(copy: Copy, stored: Sequence[Part]) -> None:
    for column, others in linked_to_other_masks(copy, stored).items():
        why = f"the mask of {column} changed since its rows were loaded, and linked rows stay"
        remedy = f"Add {named(others)} to the tables, or refresh the whole once: privaci run."
        raise _refused(f"{why} in {named(others)}: values would not match", remedy, copy)


def _other_shapes(copy: Copy, target: Catalog) -> Iterator[str]:
    """The relations of the selection whose columns or partitions are others in the target."""
    for relation in copy.catalog.row_tables:
        if copy.catalog.root(relation).qualified in copy.selection:
            theirs = target.by_name.get(relation.qualified)
            if theirs is None or _shape(copy.catalog, relation) != _shape(target, theirs):
                yield relation.qualified


def _shape(catalog: Catalog, relation: Relation) -> tuple[object, ...]:
    columns = catalog.columns.get(relation.oid, ())
    return (
        relation.kind,
        relation.partition_bound,
        sorted((column.name, column.type, column.generated) for column in columns),
    )


def _refused(why: str, remedy: str, copy: Copy | None = None) -> PreflightError:
    return PreflightError(_doing(copy), why, remedy, DOCS)


def _doing(copy: Copy | None) -> str:
    return f"Refreshing some tables of {describe(copy.live)}" if copy else "Choosing tables"


def named(tables: Collection[str]) -> str:
    """Some tables as a sentence lists them."""
    return ", ".join(sorted(tables))
