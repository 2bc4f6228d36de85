"""Proves a copy before anybody may use it: its rows, its masks, its keys, and that no original stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import CopyError
from privaci_core.policy import Passthrough, relation_name
from privaci_core.postgres.session import target_session
from privaci_core.prove.compare_rows import Compared, compare_rows, row_counts
from privaci_core.prove.search_originals import originals, spilled

if TYPE_CHECKING:
    from collections.abc import Container

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.loading.copy import Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one proof found, in counts and names; it holds where that is nothing."""

    check: str
    found: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found


def verdicts(copy: Copy, rows: int) -> tuple[Verdict, ...]:
    """Every proof of a copy."""
    meant = passed_on(copy)
    compared = {
        name: some
        for name, some in compared_rows(copy).items()
        if some is not None and not some.holds
    }
    return (
        Verdict(
            check="same_rows",
            found={name: list(pair) for name, pair in differing_rows(copy).items()},
        ),
        Verdict(
            check="rows_are_masked", found={name: some.wrong for name, some in compared.items()}
        ),
        Verdict(
            check="no_originals",
            found={
                where: n for where, n in spilled_values(copy, rows).items() if where not in meant
            },
        ),
        Verdict(check="keys_hold", found=dict.fromkeys(missing_keys(copy), 1)),
    )


def differing_rows(copy: Copy) -> dict[str, tuple[int, int]]:
    """The tables whose rows are not as many as they should be: how many should be there, and how many are."""
    with target_session(copy.ends.target, autocommit=True) as target:
        counts = {table.name: row_counts(copy.source, target, table) for table in copy.plan.tables}
    return {name: pair for name, pair in counts.items() if pair[0] != pair[1]}


def compared_rows(copy: Copy) -> dict[str, Compared | None]:
    """Some rows of every table held against what became of them; none for a table without a key to find them by."""
    found = {}
    with target_session(copy.ends.target, autocommit=True) as target:
        for table in copy.plan.tables:
            oid = copy.catalog.by_name[table.name].oid
            keys = [
                key
                for key in copy.catalog.foreign_keys
                if key.relation == oid and oid in copy.plan.lets_go
            ]
            let_go = frozenset(name for key in keys for name in key.columns)
            found[table.name] = compare_rows(copy.source, target, table, copy.ends.keys, let_go)
    return found


def spilled_values(copy: Copy, rows: int) -> dict[str, int]:
    """Where in the target originals of masked columns stand, whatever column they got into."""
    with target_session(copy.ends.target, autocommit=True) as target:
        return spilled(target, copy.ends.target, originals(copy.source, copy.plan), rows)


def passed_on(copy: Copy) -> frozenset[str]:
    """The columns that the policy says are copied as they are, by their tables' and their own names."""
    return frozenset(
        f"{relation.qualified}.{name}"
        for relation in copy.catalog.relations
        if (rule := copy.policy.tables.get(relation_name(relation.schema, relation.name)))
        for name, action in rule.columns.items()
        if isinstance(action, Passthrough)
    )


def missing_keys(copy: Copy) -> tuple[str, ...]:
    """Keys of the source that the target lacks or that are not valid there; what was left out has none."""
    with target_session(copy.ends.target, autocommit=True) as target:
        there = _keys_of(read_catalog(target), frozenset())
    return tuple(sorted(_keys_of(copy.catalog, copy.plan.excluded) - there))


def _keys_of(catalog: Catalog, excluded: Container[tuple[str, str]]) -> set[str]:
    def kept(oid: int) -> bool:
        return (catalog.by_oid[oid].schema, catalog.by_oid[oid].name) not in excluded

    unique = {
        f"{catalog.by_oid[oid].qualified}: {key.name}"
        for oid, keys in catalog.keys.items()
        if oid in catalog.by_oid and kept(oid)
        for key in keys
    }
    return unique | {
        f"{catalog.by_oid[key.relation].qualified}: {key.name}"
        for key in catalog.foreign_keys
        if key.validated and kept(key.relation) and kept(key.referenced)
    }


def prove_rows(copy: Copy) -> None:
    """Refuse to publish a target whose tables are not as large as the source's."""
    different = [
        f"{name}: {found} of {wanted}" for name, (wanted, found) in differing_rows(copy).items()
    ]
    if different:
        cause = "\n    - ".join(["tables have another number of rows", *different])
        raise CopyError(
            "Proving the copy",
            cause,
            "Look for what writes to the target; it stays marked unfinished.",
        )
