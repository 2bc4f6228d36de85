"""Fills new rows of a table: keys, defaults, drawn values, until the server has no objection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.testdata.amend import amend
from privaci_core.testdata.blame import blame
from privaci_core.testdata.draw import drawn
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.filling import Draft
from privaci_core.testdata.judge import Fault, faults
from privaci_core.testdata.parents import link
from privaci_core.testdata.savepoint import question
from privaci_core.testdata.spelled import raw
from privaci_core.testdata.unknown_types import known_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.testdata.bundle import Row
    from privaci_core.testdata.filling import Filling
    from privaci_core.testdata.table_facts import ColumnFacts, TableFacts

# How often a row is changed that the server objects to.
ROUNDS = 60


def create_rows(
    filling: Filling,
    table: TableFacts,
    role: str,
    given: Sequence[Mapping[str, str | None]],
    above: tuple[str, ...] = (),
) -> list[Row]:
    """Fill a row of a table for each of the given beginnings, and the parents that they need."""
    drafts = [
        Draft(role=role, number=number, table=table, values=dict(each), given=frozenset(each))
        for number, each in enumerate(given, 1)
    ]
    for draft in drafts:
        link(filling, draft, create_parent, above)
    set_defaults(filling, table, drafts)
    _set_drawn(filling, table, drafts)
    for draft in drafts:
        draft.mirror()
    _settle(filling, table, drafts, above)
    rows = [draft.row() for draft in drafts]
    filling.rows.extend(rows)
    return rows


def create_parent(
    filling: Filling,
    table: TableFacts,
    role: str,
    given: Mapping[str, str | None],
    above: tuple[str, ...],
) -> Row:
    """Fill one row that another one needs."""
    taken = sum(1 for row in filling.rows if row.role.partition("#")[0] == role)
    named = role if taken == 0 else f"{role}#{taken + 1}"
    (row,) = create_rows(filling, table, named, [given], above)
    return row


def set_defaults(filling: Filling, table: TableFacts, drafts: Sequence[Draft]) -> None:
    """Evaluate the defaults of the columns that nothing has filled yet."""
    columns = [
        facts
        for facts in table.filled
        if facts.default is not None
        and any(facts.name not in {**each.values, **each.mirrored} for each in drafts)
    ]
    for facts, values in zip(columns, _evaluated(filling, columns, len(drafts)), strict=True):
        for draft, value in zip(drafts, values, strict=True):
            # A default of NULL serves no column that must have a value: one is drawn.
            if value is None and facts.column.not_null:
                continue
            if facts.name not in draft.values and facts.name not in draft.mirrored:
                draft.values[facts.name] = value
                draft.defaulted.add(facts.name)


def _evaluated(
    filling: Filling, columns: Sequence[ColumnFacts], count: int
) -> list[list[str | None]]:
    """The defaults of some columns, each evaluated for each row."""
    if not columns:
        return []
    expressions = sql.SQL(", ").join(
        sql.SQL("(({})::{})::pg_catalog.text").format(facts.default, raw(facts.cast_type))
        for facts in columns
    )
    statement = sql.SQL("SELECT {} FROM pg_catalog.generate_series(1, %s)").format(expressions)
    try:
        with question(filling.connection):
            rows = filling.connection.execute(statement, [count]).fetchall()
    except psycopg.Error as error:
        raise SeedFailed(
            f"Evaluating the defaults of {', '.join(facts.name for facts in columns)}",
            f"the server ended it with SQLSTATE {error.sqlstate}",
            "Give values for these columns.",
        ) from None
    return [list(values) for values in zip(*rows, strict=True)]


def _set_drawn(filling: Filling, table: TableFacts, drafts: Sequence[Draft]) -> None:
    """Draw what is left: fakes, values of the type, and what a type has that is not known."""
    for facts in table.filled:
        name = facts.name
        empty = [each for each in drafts if name not in each.values and name not in each.mirrored]
        draws = [draft.draw(filling.seed) for draft in empty]
        for draft, value in zip(
            empty, drawn(facts, draws, made_up=filling.made_up) if empty else [], strict=True
        ):
            if value is None and facts.column.not_null:
                value = known_value(filling.connection, table, facts)  # noqa: PLW2901
            draft.values[name] = value


def _settle(
    filling: Filling, table: TableFacts, drafts: Sequence[Draft], above: tuple[str, ...]
) -> None:
    """Change what the server objects to, until it does not."""
    found: list[Fault] | None = None
    for attempt in range(1, ROUNDS + 1):
        before = filling.of_table(table)
        rows = [*before, *(draft.values for draft in drafts)]
        try:
            found = faults(filling.connection, table, rows)
        except psycopg.Error as error:
            found = blame(filling.connection, table, len(before), drafts, error)
        if found is None:
            continue
        found = [fault for fault in found if fault.place >= len(before)]
        if not found:
            return
        # One constraint of each row at a time: what mends it may mend the others.
        for fault in {fault.place: fault for fault in reversed(found)}.values():
            draft = drafts[fault.place - len(before)]
            amend(filling, draft, fault.constraint, attempt, create_parent, above)
            draft.mirror()
    raise SeedFailed(
        f"Creating a row of {table.name}",
        f"after {ROUNDS} attempts it still breaks {_names(found)}",
        "Give values for the columns of that constraint.",
    )


def _names(found: list[Fault] | None) -> str:
    return ", ".join(sorted({fault.constraint.name for fault in found or ()}))
