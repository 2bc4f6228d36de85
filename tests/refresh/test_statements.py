"""How many statements a small table costs: none of its own but the COPY that moves its rows."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from builders.copies import KEYS

from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

FEW, MANY = 5, 25
TABLE = """
CREATE TABLE t{number} (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, born date,
    parent int{reference});
CREATE INDEX ON t{number} (born);
INSERT INTO t{number} (email) SELECT 'p' || n || '@corp.example.test' FROM generate_series(1, 9) n;
"""
RULES = """
version: "1.0"
on_existing_data: {existing}
tables:
"""
RULE = "  public.t{number}: {{columns: {{email: {{action: fake, provider: email}}}}}}\n"


def filled(source: str, numbers: range) -> None:
    """Create tables with two keys, an index, a sequence and a reference."""
    with psycopg.connect(source) as connection:
        for number in numbers:
            reference = f" REFERENCES t{number - 1}" if number else ""
            connection.execute(TABLE.format(number=number, reference=reference).encode())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that this process sends, but for COPY to read rows."""
    statements: list[str] = []
    execute, copy = psycopg.Cursor.execute, psycopg.Cursor.copy

    def noted(cursor: Any, query: Any, *more: Any, **how: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *more, **how)

    def loaded(cursor: Any, statement: Any, *more: Any, **how: Any) -> Any:
        statements.append("COPY FROM")
        return copy(cursor, statement, *more, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    monkeypatch.setattr(psycopg.Cursor, "copy", loaded)
    return statements


@pytest.mark.parametrize("existing", ["drop_create", "truncate"])
def test_a_table_costs_no_statement_of_its_own_but_copy(
    source_db: str, target_db: str, asked: list[str], existing: str
) -> None:
    """Its sample apart; also where the target is full of tables that make room."""
    counts: dict[int, list[str]] = {}
    for begin, end in ((0, FEW), (FEW, MANY)):
        filled(source_db, range(begin, end))
        rules = RULES.format(existing="drop_create") + "".join(
            RULE.format(number=number) for number in range(end)
        )
        copy_database(source_db, target_db, parse_policy(rules), KEYS)
        again = parse_policy(rules.replace("drop_create", existing))
        asked.clear()
        copy_database(source_db, target_db, again, KEYS)
        counts[end] = [text for text in asked if "TABLESAMPLE" not in text]
    more = len(counts[MANY]) - len(counts[FEW])
    assert counts[MANY].count("COPY FROM") == MANY
    assert more <= MANY - FEW, counts[MANY]
