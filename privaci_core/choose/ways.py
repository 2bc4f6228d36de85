"""Tells by which starts and references the rows of a subset came, and the widest chain of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.subset import Brought, Edge, SubsetPlan

How = Literal["start", "children", "parents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A start or a reference, and how many rows came by it first."""

    name: str
    how: How
    # The tables it leads from and to; a start leads from none.
    begin: str
    end: str
    rows: int


def ways_of(catalog: Catalog, subset: SubsetPlan, brought: Iterable[Brought]) -> tuple[Way, ...]:
    """Every start and reference that brought rows, that of the most rows first."""
    edges = {edge.name: edge for edge in subset.edges}
    found: dict[tuple[How, str], Way] = {}
    for each in brought:
        if each.rows:
            way = _way(catalog, edges.get(each.name), each.how, each.name, each.rows)
            before = found.get((way.how, way.name))
            rows = way.rows + (before.rows if before else 0)
            found[way.how, way.name] = replace(way, rows=rows)
    return tuple(sorted(found.values(), key=lambda way: (-way.rows, way.name, way.how)))


def widest_of(ways: Sequence[Way]) -> tuple[Way, ...]:
    """From the way of the most rows back to a start: each time by what brought the most."""
    path: list[Way] = []
    following = next(iter(ways), None)
    while following is not None and following not in path:
        path.append(following)
        known = {way.end for way in path}
        before = following.begin
        leading = (way for way in ways if way.end == before and way.begin not in known)
        following = next(leading, None) if before else None
    return tuple(reversed(path))


def _way(catalog: Catalog, edge: Edge | None, how: How, name: str, rows: int) -> Way:
    if edge is None:
        return Way(name=name, how=how, begin="", end=name, rows=rows)
    child, parent = map(catalog.root_name, (edge.child, edge.parent))
    begin, end = (parent, child) if how == "children" else (child, parent)
    return Way(name=joined_name(catalog, edge), how=how, begin=begin, end=end, rows=rows)


def joined_name(catalog: Catalog, edge: Edge) -> str:
    """The name that the keys of all partitions share, if only their own names tell them apart."""
    root = catalog.root_name(edge.child)
    return edge.name.replace(f"{edge.child} (", f"{root} (", 1)
