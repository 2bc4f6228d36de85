"""Judges whether the target has originals: where, from which columns, and what was searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.postgres.names import table_of
from privaci_core.prove.evidence import session_in_target
from privaci_core.prove.search.advice import advice, how_to_allow
from privaci_core.prove.search.originals import collect_originals
from privaci_core.prove.search.read_once import ReadOnce
from privaci_core.prove.search.search_target import search_target
from privaci_core.prove.verdict import Verdict
from privaci_core.prove.verdicts import passed_through

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.prove.evidence import Evidence
    from privaci_core.prove.search.searching import Found


def no_originals(evidence: Evidence) -> Verdict:
    """Search the target for the originals of masked columns, and say what was left out."""
    copy, extent = evidence.copy, evidence.search
    rows = evidence.sample_rows if extent == "sample" else None
    loaded = {table.name for table in copy.plan.tables}
    with session_in_target(copy) as target:
        originals = collect_originals(
            evidence.source, target, copy.searched_plan, copy.catalog, rows, loaded
        )
    once = _read_once(evidence)
    search = search_target(copy.ends.target, copy.searched_plan, originals, rows, once)
    if once is not None:
        evidence.read.update(once.found)
    found, allowed = by_root(search.found, copy), passed_through(copy.catalog, copy.policy)
    return Verdict(
        differences=found,
        allowed=allowed,
        details={
            "search": extent,
            "originals": originals.count,
            "searched": originals.searched,
            "left_out": dict(originals.left_out),
            "columns_left_out": dict(originals.columns_left_out),
            "bytes_searched": search.bytes,
            "matches": sum(sum(counts.values()) for counts in found.values()),
        },
        said=advice(found, copy, allowed),
        closing=how_to_allow(found, copy, allowed),
    )


def _read_once(evidence: Evidence) -> ReadOnce | None:
    """The search reads the rows for the ledgers too, if they are still to be read.

    A target whose catalog cannot be read is searched all the same: the check of its rows says why.
    """
    if not evidence.is_to_read:
        return None
    try:
        return ReadOnce(evidence.asked.catalog, evidence.asked.wants)
    except PreflightError:
        return None


def by_root(found: Found, copy: Copy) -> Found:
    """What was found, a partition's places and columns under the name of their whole table."""
    roots = {
        relation.qualified: copy.catalog.root(relation).qualified
        for relation in copy.catalog.relations
        if relation.partition_of is not None
    }
    named: Found = {}
    for place, origins in found.items():
        counts = named.setdefault(_at_root(place, roots), {})
        for origin, count in origins.items():
            name = _at_root(origin, roots)
            counts[name] = counts.get(name, 0) + count
    return named


def _at_root(place: str, roots: Mapping[str, str]) -> str:
    table = table_of(place)
    return f"{roots.get(table, table)}{place.removeprefix(table)}"
