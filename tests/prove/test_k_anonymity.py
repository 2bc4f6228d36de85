"""How many rows look alike is measured as a brute force in Python counts it, and can block."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS
from builders.selections import run
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.risk import RiskTable
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.k_anonymity import k_anonymity, measure
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from privaci_core.policy import Policy
    from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.postgres

PEOPLE = (
    'CREATE TABLE "a person" (id int PRIMARY KEY, born date, "post code" text, sex json, ill text)'
)
COLUMNS = ("born", "post code", "sex")


def drawn(seed: int, count: int) -> list[tuple[Any, ...]]:
    """People of few birthdays, towns and sexes, each of them unknown of some."""
    chance = random.Random(seed)  # noqa: S311 - rows of a test
    days = ["1970-01-01", "1980-02-02", "1990-03-03", None]
    towns = ["10115", "20095", "", None]
    return [
        (n, chance.choice(days), chance.choice(towns), chance.choice(['"f"', '"m"', None]),
         chance.choice(["cold", "flu", "gout", None]))
        for n in range(count)
    ]  # fmt: skip


def policy_of(**risk: Any) -> Policy:
    """A policy that measures what is named."""
    return parse_policy(
        'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'
        f"risk: {json.dumps(risk)}\n"
    )


def checked(source: str, target: str, policy: Policy) -> Verdict:
    """What the check finds in a copy of the source."""
    copy_database(source, target, policy, KEYS)
    with finished(source, target, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        return k_anonymity(evidence)


@pytest.mark.parametrize("seed", range(4))
def test_it_counts_as_a_brute_force_does(target_db: str, seed: int) -> None:
    """NULL is a value, an empty text is another, and a type without equality is compared."""
    people = drawn(seed, 60)
    with psycopg.connect(target_db) as connection:
        connection.execute(PEOPLE.encode())
        connection.cursor().executemany(
            'INSERT INTO "a person" VALUES (%s, %s, %s, %s::json, %s)', people
        )
        table = RiskTable(table='public."a person"', columns=COLUMNS, sensitive=("ill",))
        found = measure(connection, sql.Identifier("public", "a person"), table, 3)
    classes = Counter(person[1:4] for person in people)
    ills = defaultdict(set)
    for person in people:
        ills[person[1:4]].add(person[4])
    assert found.rows == 60
    assert (found.classes, found.smallest) == (len(classes), min(classes.values()))
    assert found.exposed == sum(size for size in classes.values() if size < 3)
    assert found.diversity == min(map(len, ills.values()))
    for place, column in enumerate(COLUMNS, start=1):
        alone = Counter(person[place] for person in people)
        assert found.alone[column] == sum(size == 1 for size in alone.values())


def test_an_empty_table_tells_nobody(target_db: str) -> None:
    """It has no group that could be too small."""
    with psycopg.connect(target_db) as connection:
        connection.execute(PEOPLE.encode())
        table = RiskTable(table="p", columns=("born",))
        found = measure(connection, sql.Identifier("public", "a person"), table, 3)
    assert (found.rows, found.smallest, found.exposed, found.alone) == (0, 0, 0, {"born": 0})


def test_too_small_a_group_is_a_difference(source_db: str, target_db: str) -> None:
    """The sentence counts the rows and says what to do; no value is in it."""
    run(source_db, "CREATE TABLE person (id int PRIMARY KEY, born date, town text, ill text)")
    run(
        source_db,
        "INSERT INTO person SELECT n, '1970-01-01', 'Ytterby', 'flu' FROM generate_series(1, 9) n",
    )
    run(source_db, "INSERT INTO person VALUES (10, '1999-09-09', 'Uppsala', 'gout')")
    asked = {"quasi_identifiers": {"public.person": ["born", "town"]}, "k": 3}
    found = checked(source_db, target_db, policy_of(**asked))
    (sentence,) = found.said["public.person"]
    assert found.wrong == {"public.person": 1}
    assert sentence.startswith("public.person: 1 of 10 rows (10.0 %) are in groups of fewer than 3")
    assert "Uppsala" not in sentence
    assert found.details["rows_told_by_one_column"] == {
        "public.person.born": 1,
        "public.person.town": 1,
    }
    diverse = {**asked, "k": None, "sensitive": {"public.person": ["ill"]}, "l": 2}
    (sentence,) = checked(source_db, target_db, policy_of(**diverse)).said["public.person"]
    assert "has 1 value of ill; the policy asks for 2" in sentence


def test_guessed_columns_are_measured_and_stop_nothing(source_db: str, target_db: str) -> None:
    """Columns that many people share, in tables that have two of them."""
    run(source_db, "CREATE TABLE person (id int PRIMARY KEY, birth_date date, gender text, x int)")
    run(source_db, "INSERT INTO person VALUES (1, '1970-01-01', 'f', 1)")
    run(source_db, "CREATE TABLE shop (id int PRIMARY KEY, city text, turnover int)")
    found = checked(source_db, target_db, policy_of())
    assert found.holds
    assert found.details["smallest_class"] == {"public.person": 1}
    assert found.details["columns_guessed"] == "yes"


def test_names_that_the_source_lacks_are_refused(source_db: str) -> None:
    """All of them at once, before anything is copied."""
    run(source_db, "CREATE TABLE person (id int PRIMARY KEY, born date)")
    policy = policy_of(
        quasi_identifiers={"public.person": ["born", "bron"], "public.persons": ["born"]}, k=2
    )
    with psycopg.connect(source_db) as connection, pytest.raises(FindingsError) as refused:
        plan_copy(read_catalog(connection), policy)
    reasons = {(finding.path, finding.reason) for finding in refused.value.findings}
    assert reasons == {
        ('risk.quasi_identifiers."public.person"[1]', "the table has no column bron"),
        ('risk.quasi_identifiers."public.persons"', "the source has no such table"),
    }


@pytest.mark.parametrize(
    ("risk", "reason"),
    [
        ({"k": 5}, "a guess stops no publication"),
        ({"l": 2, "quasi_identifiers": {"public.t": ["a"]}}, "`l` needs the columns"),
        ({"sensitive": {"public.t": ["a"]}}, "no quasi-identifiers"),
        ({"quasi_identifiers": {"public.t": ["a", "a"]}, "k": 2}, "a column is named twice"),
        ({"quasi_identifiers": {"public.t": ["a"]}, "k": 1}, "greater than or equal to 2"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(risk: dict[str, Any], reason: str) -> None:
    """At the key that is wrong."""
    with pytest.raises(FindingsError) as refused:
        policy_of(**risk)
    assert reason in str(refused.value)
