"""Draws a policy's subset of a drawn schema: as the policy says it, and as the oracle takes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from subset.oracle import Asked, Start

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from subset.drawn import Drawn, Table
    from subset.oracle import Reference, Row


@dataclass(kw_only=True)
class Question:
    """A policy, and what it asks for."""

    asked: Asked
    policy: dict[str, Any]
    # The largest size of rows that can be copied at all, by table.
    limits: dict[str, int] = field(default_factory=dict)


def ask(random: Random, drawn: Drawn) -> Question:
    """A policy with a subset of a drawn schema."""
    subset: dict[str, Any] = {}
    starts = [_start(random, drawn) for _ in range(random.choice((1, 1, 2, 3)))]
    subset["start"] = [written for written, _ in starts]
    references = _with_children(random, drawn, subset)
    references = _with_cuts(random, drawn, references, subset)
    names = [table.name for table in drawn.tables]
    whole = random.sample(names, 1) if random.random() < 0.25 else []
    subset |= {"whole": whole} if whole else {}
    below = random.choice((None, None, 5, 10))
    subset |= {"whole_below": below} if below else {}
    rest, match = random.choice(("whole", "empty")), random.choice(("any", "any", "all"))
    subset |= {"rest": rest, "match": match}
    begin = {start.table for _, start in starts}
    empty = [name for name in names if name not in {*begin, *whole} and random.random() < 0.04]
    limits = {name: random.randrange(10, 28) for name in names if random.random() < 0.15}
    rules: dict[str, Any] = {
        name: {"where": f"size < {limit}"} for name, limit in limits.items() if name not in empty
    }
    rules |= {name: {"strategy": "empty"} for name in empty}
    asked = Asked(
        starts=tuple(start for _, start in starts),
        references=tuple(references),
        root_of={
            leaf: table.name for table in drawn.tables for leaf in (*table.leaves, table.name)
        },
        whole=frozenset(whole),
        whole_below=below,
        rest=rest,
        match=match,
        without_rows=frozenset(empty),
    )
    policy = {
        "version": "1.0",
        "auto_detect": False,
        "tables": rules,
        "relations": drawn.relations,
        "subset": subset,
    }
    return Question(asked=asked, policy=policy, limits=limits)


def _start(random: Random, drawn: Drawn) -> tuple[dict[str, Any], Start]:
    table = random.choice([each for each in drawn.tables if each.rows] or drawn.tables)
    written: dict[str, Any] = {"table": table.name, "may_be_empty": True}
    matches: Callable[[Row], bool] = lambda _: True  # noqa: E731 - the usual one
    if random.random() < 0.5:
        most = random.randrange(1, 30)
        written["where"] = f"size < {most}"
        matches = _below(most)
    percent = random.choice((None, None, 10, 50, 90))
    rows = random.choice((None, 1, 3)) if percent is None else None
    written |= {"percent": percent} if percent else {}
    written |= {"rows": rows} if rows else {}
    return written, Start(table=table.name, matches=matches, percent=percent, rows=rows)


def _below(most: int) -> Callable[[Row], bool]:
    return lambda row: bool(row.values["size"] < most)


def _with_children(
    random: Random, drawn: Drawn, subset: dict[str, Any]
) -> list[tuple[Reference, Reference]]:
    """The references with what the policy says about children, each beside the drawn one."""
    way = random.choice(("all", "all", "all", "none", "some", "some"))
    if way != "some":
        subset["children"] = way
        return [(each, replace(each, children=way)) for each in drawn.references]
    rules: dict[str, Any] = {}
    referring = {_root(drawn, each.child).name for each in drawn.references}
    for name in sorted(referring):
        if random.random() < 0.5:
            rules[name] = random.choice(("none", "all", 1, 2))
    subset["children"] = {
        name: {"per_parent": rule} if isinstance(rule, int) else rule
        for name, rule in rules.items()
    }
    return [
        (each, replace(each, children=rules.get(_root(drawn, each.child).name, "all")))
        for each in drawn.references
    ]


def _with_cuts(
    random: Random,
    drawn: Drawn,
    references: list[tuple[Reference, Reference]],
    subset: dict[str, Any],
) -> list[Reference]:
    """The references with the cuts that the policy makes."""
    cuts = {
        (_root(drawn, reference.child).name, column)
        for reference, column in drawn.nullable
        if random.random() < 0.12
    }
    if cuts:
        subset["parents"] = {f"{table}.{column}": "null" for table, column in sorted(cuts)}
    found = []
    for drawn_one, reference in references:
        table = _root(drawn, drawn_one.child).name
        cut = tuple(each for each in reference.columns if (table, each) in cuts)
        whole = reference.columns if cut and reference.is_full else cut
        found.append(reference if reference.member else replace(reference, cut=whole))
    return found


def _root(drawn: Drawn, name: str) -> Table:
    return next(each for each in drawn.tables if name in {each.name, *each.leaves})
