"""Tables of drawn schemas are filled, or an error says why not; the server takes what is filled.

The suite draws a few schemas. `make fill-fuzz` draws hundreds.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from fuzz.encodings import UTF8, template_in
from fuzz.scripts import drawn_script
from fuzz.test_any_schema import offered_by
from fuzz.trial import build, end_subscriptions, prepare
from substrate.databases import cloned
from testdata.made import NONE_TAKEN, insert_row

from privaci_core.errors import PrivaciError
from privaci_core.postgres.session import session
from privaci_core.testdata.fill import create_rows
from privaci_core.testdata.filling import Filling
from privaci_core.testdata.savepoint import set_savepoint
from privaci_core.testdata.target_facts import read_facts

if TYPE_CHECKING:
    from substrate.databases import Databases

    from privaci_core.testdata.table_facts import TableFacts
    from privaci_core.testdata.target_facts import TargetFacts

COUNT = int(os.environ.get("PRIVACI_TEST_FILLED", "6"))
FIRST = int(os.environ.get("PRIVACI_TEST_FIRST_SCHEMA", "0"))
TOGETHER = 25
ROWS = 2
# What the server's own functions, rules and policies do with a row is theirs to say.
BY_SERVER = "ended by a trigger, a rule or a policy"
# The other tables can hold no second row, or none at all: a key is generated from a constant.
FILLED = 0.75
BY_CODE = {"P0001", "2F005", "22012", "0A000", "42501", "39P01"}


def filled(databases: Databases, seed: int) -> Counter[str]:
    """What became of the tables of a schema, by the first words of why not."""
    outcomes: Counter[str] = Counter()
    statements = drawn_script(seed, *offered_by(databases.maintenance))
    with ExitStack() as held:
        dsn = held.enter_context(cloned(databases, template_in(databases, UTF8)))
        build(dsn, statements)
        held.callback(end_subscriptions, dsn)
        connection = held.enter_context(session(dsn))
        facts = read_facts(connection)
        for table in facts.tables.values():
            outcomes[_outcome(connection, facts, table, seed)] += 1
            connection.rollback()
    return outcomes


def _outcome(connection: Any, facts: TargetFacts, table: TableFacts, seed: int) -> str:
    filling = Filling(
        connection=connection, facts=facts, seed=str(seed), taken=NONE_TAKEN, made_up=seed % 2 == 0
    )
    set_savepoint(connection)
    try:
        create_rows(filling, table, "role", [{} for _ in range(ROWS)])
    except PrivaciError as error:
        return error.cause.partition(":")[0]
    try:
        for row in filling.rows:
            insert_row(connection, facts, row)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        if error.sqlstate in BY_CODE:
            return BY_SERVER
        pytest.fail(f"schema {seed}, {table.name}: {error} {error.sqlstate}", pytrace=False)
    return "filled"


def judge(databases: Databases, seeds: range) -> None:
    """Fail if a row that was filled is refused, or if few tables are filled."""
    prepare(databases)
    outcomes = sum((filled(databases, seed) for seed in seeds), Counter())
    refused = {why: count for why, count in outcomes.items() if why not in {"filled", BY_SERVER}}
    assert outcomes["filled"] > FILLED * (outcomes.total() - outcomes[BY_SERVER]), refused


@pytest.mark.postgres
def test_tables_of_drawn_schemas_are_filled(databases: Databases) -> None:
    """The server takes the rows that `create` fills; what cannot be filled is said."""
    judge(databases, range(FIRST, FIRST + min(COUNT, 6)))


@pytest.mark.postgres
@pytest.mark.skipif("PRIVACI_TEST_FILLED" not in os.environ, reason="make fill-fuzz runs it")
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, TOGETHER))
def test_tables_of_many_drawn_schemas_are_filled(databases: Databases, first: int) -> None:
    """The same for hundreds of schemas."""
    judge(databases, range(first, min(first + TOGETHER, FIRST + COUNT)))
