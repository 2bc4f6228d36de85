"""Finds out why the server could not judge rows: a value that is not of its type, or a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from privaci_core.postgres.driver_errors import what_failed
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.given_values import unfit
from privaci_core.testdata.judge import Fault, meeting, misfit
from privaci_core.testdata.unknown_types import known_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.constraint_facts import CheckFacts
    from privaci_core.testdata.filling import Draft
    from privaci_core.testdata.table_facts import TableFacts

    Row = Mapping[str, str | None]


def blame(
    connection: Connection,
    table: TableFacts,
    before: int,
    drafts: Sequence[Draft],
    error: psycopg.Error,
) -> list[Fault] | None:
    """The checks that fail with an error; None if values were changed, to be judged again.

    A given value that does not fit is refused.
    """
    changed = False
    for draft in drafts:
        column = misfit(connection, table, draft.values)
        if column is None:
            continue
        if column in draft.given:
            cause = f"its value is not of the type {table.columns[column].column.type}"
            raise unfit(table, column, cause, "Give a value of that type.")
        changed = True
        draft.values[column] = known_value(connection, table, table.columns[column])
    if changed:
        return None
    found = [
        Fault(place=before + place, constraint=check)
        for place, draft in enumerate(drafts)
        for check in table.checks
        if _fails(connection, table, check, draft.values)
    ]
    if not found:
        raise SeedFailed(
            f"Judging new rows of {table.name}", what_failed(error), "Give values for its columns."
        )
    return found


def _fails(connection: Connection, table: TableFacts, check: CheckFacts, row: Row) -> bool:
    try:
        return not meeting(connection, table, [check], [row])
    except psycopg.Error:
        return True
