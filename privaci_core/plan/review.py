"""Shows of a plan what a person must look at: what looks personal, what is masked, and the rest."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from privaci_core.plan.show_subset import subset_block
from privaci_core.plan.text_table import WIDTH
from privaci_core.plan.wrapped_table import wrapped_table
from privaci_core.policy import split_relation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.show import Line

SUSPECTED_HEAD = ("table", "column", "looks like", "why")
REFERENCE_HEAD = ("from", "to", "why")
REMEDY = "Declare them under `relations`, or list the column under `implied_fk_ignore`."
# More references that need no look are only counted.
MOST_REFERENCES = 12
# The surest first: they are the ones that most need an answer.
CONFIDENCES = ("high", "medium", "low")
HEAD = ("column", "type", "action", "reason")
SHORT_TYPES = {
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "double precision": "float8",
}
# Tables that the last line names, those with the most columns first.
NAMED_TABLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference without a foreign key, in words."""

    referencing: str
    referenced: str
    evidence: str
    matches: bool


def review(
    plan: Plan,
    lines: Sequence[Line],
    references: Sequence[Reference] = (),
    *,
    everything: bool = False,
) -> str:
    """The plan for a terminal; columns that nobody has to look at are only counted.

    `everything` lists them too. No word is cut: what is too long for its place is wrapped.
    """
    suspected = {(_plain(table), column): found for table, column, found in plan.suspected}
    unmasked = [line for line in lines if line.type and not line.masks]
    masked = [line for line in lines if line.masks]
    rowless = [line for line in lines if not line.type]
    parts = (
        _suspected([line for line in unmasked if _place(line) in suspected], suspected),
        subset_block(plan.subset) if plan.subset else [],
        [line for warning in plan.warnings for line in textwrap.wrap(warning, WIDTH)],
        _unmatched([each for each in references if not each.matches]),
        _listed(f"{_count(len(masked), 'column')} masked", masked),
        _listed(f"{_count(len(rowless), 'table')} without rows", rowless),
        _matched([each for each in references if each.matches], everything=everything),
        _rest([line for line in unmasked if _place(line) not in suspected], everything=everything),
    )
    return "\n\n".join("\n".join(part) for part in parts if part)


def _plain(table: str) -> str:
    """A table's name without the quotes that a policy needs."""
    return ".".join(split_relation(table) or (table,))


def _place(line: Line) -> tuple[str, str]:
    return _plain(line.table), line.column


def _suspected(lines: Sequence[Line], suspected: Mapping[tuple[str, str], Suspicion]) -> list[str]:
    """The columns that may be personal and are copied, the surest first."""
    if not lines:
        return []
    surest_first = sorted(
        lines, key=lambda line: CONFIDENCES.index(suspected[_place(line)].confidence)
    )
    rows = [(line.table, line.name, *_looks(suspected[_place(line)])) for line in surest_first]
    title = f"{len(lines):,} columns look personal and are copied unmasked: decide about them"
    if len(lines) == 1:
        title = "1 column looks personal and is copied unmasked: decide about it"
    return [title, "", *wrapped_table(SUSPECTED_HEAD, rows)]


def _looks(suspicion: Suspicion) -> tuple[str, str]:
    """Which kind, how sure, and why."""
    kind = suspicion.kind.replace("_", " ")
    return f"{kind} ({suspicion.confidence})", suspicion.evidence


def _listed(title: str, lines: Sequence[Line]) -> list[str]:
    """Lines below the names of their tables."""
    rows = []
    for table, of_table in groupby(lines, key=lambda line: line.table):
        rows.append((table, "", "", ""))
        rows += [
            (f"  {line.name}", _short(line.type), line.action, line.reason) for line in of_table
        ]
    return [title, "", *wrapped_table(HEAD, rows)] if rows else []


def _unmatched(references: Sequence[Reference]) -> list[str]:
    """References whose joins find nothing in the copy."""
    title = f"{_count(len(references), 'reference')} without a foreign key will not match"
    return [*_table_of(title, references), "", REMEDY] if references else []


def _matched(references: Sequence[Reference], *, everything: bool) -> list[str]:
    """The other references, or how many there are."""
    title = (
        f"{_count(len(references), 'reference')} without a foreign key, masked alike or not masked"
    )
    if len(references) > MOST_REFERENCES and not everything:
        return [f"{title}; --all lists them"]
    return _table_of(title, references) if references else []


def _table_of(title: str, references: Sequence[Reference]) -> list[str]:
    rows = [(each.referencing, each.referenced, each.evidence) for each in references]
    return [title, "", *wrapped_table(REFERENCE_HEAD, rows)]


def _short(type_name: str) -> str:
    """A type by the name that people write."""
    for long, short in SHORT_TYPES.items():
        type_name = type_name.replace(long, short)
    return type_name


def _rest(lines: Sequence[Line], *, everything: bool) -> list[str]:
    """What is copied as it is: all of it, or how much of which tables."""
    counted = _count(len(lines), "column")
    if not lines or everything:
        return _listed(f"{counted} copied unchanged", lines)
    tables = Counter(line.table for line in lines)
    named = [f"{table} {count}" for table, count in tables.most_common(NAMED_TABLES)]
    more = len(tables) - len(named)
    named += [f"{_count(more, 'more table')}"] if more else []
    where = f"of {_count(len(tables), 'table')} copied unchanged; --all lists them"
    return textwrap.wrap(f"{counted} {where}: {', '.join(named)}", WIDTH)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
