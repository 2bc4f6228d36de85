"""Changes a row that the server objects to: by other values that meet a check, or a free key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from psycopg import sql

from privaci_core.testdata.constraint_facts import CheckFacts
from privaci_core.testdata.draw import Draw, drawn
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.parents import refer, supply
from privaci_core.testdata.solve import solution
from privaci_core.testdata.spelled import raw

if TYPE_CHECKING:
    from collections.abc import Collection

    from privaci_core.testdata.constraint_facts import KeyFacts
    from privaci_core.testdata.filling import Draft, Filling
    from privaci_core.testdata.parents import CreateParent
    from privaci_core.testdata.table_facts import ColumnFacts

# After so many attempts a unique column that may be NULL is.
PATIENCE = 20


def amend(
    filling: Filling,
    draft: Draft,
    constraint: CheckFacts | KeyFacts,
    attempt: int,
    create: CreateParent,
    above: tuple[str, ...],
) -> None:
    """Change what is free of a row, so that it breaks a constraint no more."""
    if isinstance(constraint, CheckFacts):
        _meet(filling, draft, constraint, attempt, create, above)
    else:
        _move(filling, draft, constraint, attempt, create, above)


def _meet(
    filling: Filling,
    draft: Draft,
    check: CheckFacts,
    attempt: int,
    create: CreateParent,
    above: tuple[str, ...],
) -> None:
    """Find values that meet a check, and all others that share its columns.

    Where nothing else helps, the row refers to other parents: a partition may take few of them.
    """
    table = draft.table
    checks = next(group for group in table.components if check in group)
    named = {column for check in checks for column in check.columns}
    columns = [name for name in table.columns if _matters(draft, named, name)]
    free = [name for name in columns if draft.is_drawn(name) and not _is_numbered(draft, name)]
    unlinked = [name for name in columns if name in draft.linked and _nullable(draft, name)]
    draw = draft.draw(filling.seed, attempt)
    found = solution(filling.connection, draft, checks, free, unlinked, draw)
    others = [name for name in columns if name in draft.linked]
    if found is None and others:
        found = solution(filling.connection, draft, checks, [*free, *others], [], draw)
    if found is None:
        _refuse_check(draft, check)
    moved = {name for name in others if found[name] not in {None, draft.values[name]}}
    draft.values.update(found)
    for key in draft.table.foreign_keys:
        if not moved.isdisjoint(key.columns):
            supply(filling, draft, key, create, above)


def _refuse_check(draft: Draft, check: CheckFacts) -> NoReturn:
    """Refuse values that were given, or say which to give."""
    names = ", ".join(check.columns) or "its columns"
    if check.columns and draft.given.issuperset(check.columns):
        cause, remedy = "what is given does not meet", f"Give other values for {names}."
    else:
        cause, remedy = "no value was found that meets", f"Give values for {names}."
    _refuse(draft, f"{cause} the check {check.name}", remedy)


def _matters(draft: Draft, named: Collection[str], name: str) -> bool:
    """Whether a constraint is about a column, or about one that is generated from it."""
    generated = [draft.table.columns[each] for each in named if each in draft.table.columns]
    expressions = [facts.expression or "" for facts in generated if facts.is_generated]
    facts = draft.table.columns[name]
    return not facts.is_generated and (name in named or any(name in each for each in expressions))


def _is_numbered(draft: Draft, name: str) -> bool:
    return draft.table.columns[name].is_numbered


def _nullable(draft: Draft, name: str) -> bool:
    return not draft.table.columns[name].column.not_null


def _move(
    filling: Filling,
    draft: Draft,
    key: KeyFacts,
    attempt: int,
    create: CreateParent,
    above: tuple[str, ...],
) -> None:
    """Draw the columns of a unique key or an exclusion anew."""
    linked = [name for name in key.columns if name in draft.linked]
    columns = [name for name in draft.table.columns if _matters(draft, key.columns, name)]
    free = [name for name in columns if draft.is_drawn(name)]
    if not linked and not free:
        _refuse(
            draft,
            f"another row has the only values that {', '.join(key.columns)} can have: {key.name}",
            "Give other values, or ask for fewer rows.",
        )
    for name in free:
        draft.values[name] = _other(filling, draft, draft.table.columns[name], attempt)
    # Other drawn columns first: a row seldom needs another parent.
    if linked and (not free or attempt % 2 == 0):
        for foreign in draft.table.foreign_keys:
            if not draft.linked.isdisjoint(foreign.columns) and set(linked) & set(foreign.columns):
                refer(filling, draft, foreign, create, above, attempt)


def _other(filling: Filling, draft: Draft, facts: ColumnFacts, attempt: int) -> str | None:
    """Another value of a column: its default's next one, another draw, or none."""
    if facts.is_numbered or (facts.name in draft.defaulted and attempt % 2 == 1):
        return _next_default(filling, facts)
    if attempt > PATIENCE and not facts.column.not_null:
        return None
    draw = Draw(seed=filling.seed, role=draft.role, number=draft.number, attempt=attempt)
    (value,) = drawn(facts, [draw], made_up=filling.made_up)
    return draft.values[facts.name] if value is None and facts.column.not_null else value


def _next_default(filling: Filling, facts: ColumnFacts) -> str | None:
    statement = sql.SQL("SELECT (({})::{})::pg_catalog.text").format(
        facts.default, raw(facts.cast_type)
    )
    # With a parameter list the driver reads doubled per cent signs as single ones.
    row = filling.connection.execute(statement, []).fetchone()
    return None if row is None else row[0]


def _refuse(draft: Draft, cause: str, remedy: str) -> NoReturn:
    raise SeedFailed(f"Creating a row of {draft.table.name}", cause, remedy)
