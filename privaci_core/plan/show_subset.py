"""Says in a plan which rows a subset begins with, and what the policy says of all others."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from privaci_core.plan.text_table import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.plan.subset import Edge, Start, SubsetPlan

TITLE = "A subset of the rows is copied"
CHOOSES = "`privaci subset` chooses the rows and counts them; it copies none."
# More names of one kind are only counted.
MOST_NAMES = 6


def subset_block(subset: SubsetPlan) -> list[str]:
    """The subset in a few lines; predicates stay in the policy, as they may hold values."""
    lines = [line for said in _said(subset) for line in textwrap.wrap(said, WIDTH - 2)]
    return [TITLE, "", *(f"  {line}" for line in lines), "", CHOOSES]


def _said(subset: SubsetPlan) -> Iterator[str]:
    for start in subset.starts:
        yield f"starts with {_start(start)}"
    down = [edge for edge in subset.edges if edge.down]
    limited = {edge.child for edge in down if edge.per_parent is not None}
    yield f"children come by {_count(len(down))}" + _named(", the first of each parent in", limited)
    cut = [edge for edge in subset.edges if edge.up == "null"]
    yield f"parents come by {_count(len(subset.edges) - len(cut))}" + _named(
        "; NULL instead in", map(_columns, cut)
    )
    if subset.match == "all":
        yield "a row stays only if all of its parents in tables with a start or children stay"
    yield from _tables("come whole", subset.whole)
    if subset.whole_below is not None:
        yield f"tables below {subset.whole_below:,} rows come whole if a kept row refers to them"
    yield from _tables("come whole, as no reference ties them", subset.untied - subset.empty)
    yield from _tables("come without rows, as no reference ties them", subset.empty)


def _start(start: Start) -> str:
    rows = "rows" if start.where is None else "rows that its `where` selects"
    if start.percent is not None:
        return f"{start.table}: {start.percent.normalize():f} % of the {rows}"
    return f"{start.table}: {'all' if start.rows is None else f'{start.rows:,} of the'} {rows}"


def _columns(edge: Edge) -> str:
    return f"{edge.child} ({', '.join(edge.null_columns)})"


def _tables(what: str, names: Iterable[str]) -> Iterator[str]:
    found = _named("", names)
    if found:
        yield f"{what}:{found}"


def _named(before: str, names: Iterable[str]) -> str:
    """Words and the names after them, or nothing."""
    found = sorted(set(names))
    more = f" and {len(found) - MOST_NAMES:,} more" if len(found) > MOST_NAMES else ""
    return f"{before} {', '.join(found[:MOST_NAMES])}{more}" if found else ""


def _count(number: int) -> str:
    return "1 reference" if number == 1 else f"{number:,} references"
