"""The checks on real copies: each finds what was spoiled, names the place, and tells no value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import copy_of
from psycopg.pq import TransactionStatus

from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence, session_in_target
from privaci_core.prove.ledgers import NOT_THERE, ledgers_in
from privaci_core.prove.rows import prove_rows
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
TABLES = """
CREATE TABLE person (
    id int PRIMARY KEY, email text UNIQUE, name text, note text, doc jsonb, raw bytea,
    boss int REFERENCES person);
INSERT INTO person
SELECT n, 'secret' || n || '@corp.example', 'Nimue ' || n, 'nothing', '{}', '\\x00',
    nullif(n - 1, 0)
FROM generate_series(1, 50) AS n;
CREATE TABLE line (what text);
INSERT INTO line VALUES ('no key finds it');
"""
RULES = """version: "1.0"
auto_detect: false
tables: {public.person: {columns: {email: {action: fake, provider: email}%s}}}
"""


@dataclass
class Copied:
    """Fifty people and a table without a key, copied under a policy."""

    source: str
    target: str

    def copy(self, more: str = "") -> Copied:
        """Copy them, their addresses masked; `more` are further columns of the policy."""
        self.policy = parse_policy(RULES % more, name="mask-rules.yaml")
        copy_database(self.source, self.target, self.policy, KEYS)
        return self

    def find(self, check: str) -> Verdict:
        """The verdict of a check."""
        return self.look(CHECK_NAMED[check].find)

    def look(self, at: Callable[[Evidence], Any]) -> Any:
        """What a function makes of the copy."""
        with finished(self.source, self.target, self.policy, KEYS) as opened:
            source = opened.connections.source
            return at(Evidence(copy=opened.copy, source=source, remasks=True))


def execute(dsn: str, statement: str) -> None:
    """Change something."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def people(source_db: str, target_db: str) -> Copied:
    """The tables, not yet copied."""
    execute(source_db, TABLES)
    return Copied(source_db, target_db)


def test_a_faithful_copy_holds(people: Copied) -> None:
    """Every check that blocks; each says how much it looked at."""
    people.copy()
    found = {name: people.find(name) for name, check in CHECK_NAMED.items() if check.blocks}
    assert all(verdict.holds and not verdict.differences for verdict in found.values())
    assert found["same_rows"].details == {"tables": 2, "rows": 51}
    searched = found["no_originals"].details
    assert (searched["search"], searched["originals"], searched["searched"]) == ("full", 50, 50)
    compared = found["rows_are_masked"].details
    assert (compared["rows"], compared["values"], compared["masked_values"]) == (51, 351, 50)
    assert compared["change_rates"] == {"public.person.email": 1.0}


@pytest.mark.parametrize(
    ("statement", "check", "found"),
    [
        ("DELETE FROM person WHERE id = 50", "same_rows", {"public.person": [50, 49]}),
        ("INSERT INTO line VALUES ('one more')", "same_rows", {"public.line": [1, 2]}),
        ("DROP TABLE line", "same_rows", {"public.line": [1, 0]}),
        ("DROP TABLE line", "rows_are_masked", {"public.line": NOT_THERE}),
        (
            "UPDATE person SET email = 'secret7@corp.example' WHERE id = 7",
            "rows_are_masked",
            {"public.person": "values differ in email"},
        ),
        (
            "UPDATE person SET name = 'another' WHERE id < 4",
            "rows_are_masked",
            {"public.person": "values differ in name"},
        ),
        (
            "UPDATE person SET email = NULL WHERE id = 7",
            "rows_are_masked",
            {"public.person": "values differ in email"},
        ),
        (
            "UPDATE person SET id = 99 WHERE id = 50",
            "rows_are_masked",
            {"public.person": "values differ in id"},
        ),
        (
            "ALTER TABLE person DROP CONSTRAINT person_boss_fkey",
            "keys_hold",
            {"public.person: person_boss_fkey": "the foreign key is not in the target"},
        ),
        (
            "ALTER TABLE person DROP CONSTRAINT person_email_key",
            "keys_hold",
            {"public.person: person_email_key": "the unique key is not in the target"},
        ),
    ],
)
def test_a_spoiled_target_is_found(
    people: Copied, statement: str, check: str, found: dict[str, Any]
) -> None:
    """A lost row, an unmasked value, one that should have stayed, a key that is gone."""
    people.copy()
    execute(people.target, statement)
    assert people.find(check).wrong == found


@pytest.mark.parametrize(
    ("planted", "where"),
    [
        ("UPDATE person SET note = 'write to ' || email WHERE id = 7", "public.person.note"),
        (
            "UPDATE person SET doc = jsonb_build_object('a', ARRAY[email]) WHERE id = 7",
            "public.person.doc",
        ),
        ("UPDATE person SET raw = convert_to(email, 'UTF8') WHERE id = 7", "public.person.raw"),
        (
            "COMMENT ON TABLE person IS 'ask secret7@corp.example'",
            "the comment of table public.person",
        ),
        (
            "ALTER TABLE person ADD CONSTRAINT others CHECK (note <> 'secret7@corp.example')",
            "the definition of constraint others on table public.person",
        ),
        ("SELECT lo_from_bytea(0, convert_to('by secret7@corp.example', 'UTF8'))", "large objects"),
    ],
    ids=["text", "document", "bytes", "comment", "check", "large object"],
)
def test_a_planted_original_is_found(people: Copied, planted: str, where: str) -> None:
    """In one place, counted once, wherever the source has it."""
    execute(people.source, planted)
    verdict = people.copy().find("no_originals")
    assert verdict.wrong == {where: {"public.person.email": 1}}
    assert "secret7" not in str(verdict)


def test_an_original_that_the_policy_passes_through_is_allowed(people: Copied) -> None:
    """It is named all the same."""
    execute(people.source, "UPDATE person SET note = 'write to ' || email WHERE id = 7")
    verdict = people.copy(", note: {action: passthrough}").find("no_originals")
    assert verdict.differences == {"public.person.note": {"public.person.email": 1}}
    assert verdict.holds


@pytest.mark.parametrize("action", ["static, value: ''", "regex_mask, pattern: '.*', replace: ''"])
def test_a_text_that_a_rule_empties_is_not_lost(people: Copied, action: str) -> None:
    """An empty text is what the policy asks for."""
    assert people.copy(f", note: {{action: {action}}}").find("rows_are_masked").holds


def test_no_transaction_stays_open_in_the_target(target_db: str) -> None:
    """While rows of the source are read, a server may end a session that is idle in one."""
    copy = copy_of()
    copy = replace(copy, ends=replace(copy.ends, target=target_db))
    with session_in_target(copy) as target:
        target.execute("SELECT")
        assert target.info.transaction_status == TransactionStatus.IDLE


def test_row_counts_are_proved_before_a_swap(people: Copied) -> None:
    """Expected and found, by table; a copy with the right counts passes."""
    people.copy()
    people.look(prove_rows)
    execute(people.target, "DELETE FROM person WHERE id > 48")
    with pytest.raises(CopyError, match=r"public\.person: 48 rows where 50 were loaded"):
        people.look(prove_rows)


def test_a_target_keeps_the_ledgers_of_its_rows(people: Copied) -> None:
    """By table, under the key of the refresh that loaded them."""
    people.copy()
    found = ledgers_in(people.target)
    assert {table: each.ledger.rows for table, each in found.items()} == {
        "public.line": 1,
        "public.person": 50,
    }
    assert {len(each.key) for each in found.values()} == {32}
