"""A refresh copies exactly the rows of its policy's subset, proves them, and can be resumed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from builders.copies import KEYS
from builders.selections import SOURCE, rows, run, wrong

from privaci_core.loading import streams
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.subset_closed import subset_is_closed
from privaci_core.refresh.open import finished, opened
from privaci_core.refresh.resume import load_many, take_over_target
from privaci_core.refresh.steps import copy_database, create_target
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

PEOPLE = [{"table": "public.person", "where": "id in (10, 21)"}]
# The two and all below them: the boss of each is half of its number. Then those above.
BELOW = [(10,), (20,), (21,), (40,), (41,), (42,), (43,)]
ABOVE = [(1,), (2,), (5,)]
VISITS = "SELECT id FROM visit WHERE person IN (10, 20, 21, 40, 41, 42, 43) ORDER BY id"


def subset(action: str = "fake, provider: email", **keys: Any) -> Policy:
    """A policy that copies two people and what belongs to them."""
    relations = json.dumps(keys.pop("relations", []))
    asked = json.dumps({"start": PEOPLE, **keys})
    return parse_policy(
        'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'
        f"tables: {{public.person: {{columns: {{email: {{action: {action}}}}}}}}}\n"
        f"relations: {relations}\nsubset: {asked}\n"
    )


@pytest.fixture
def source(source_db: str) -> str:
    """Cities, people with bosses, and visits in partitions."""
    run(source_db, SOURCE)
    return source_db


def test_the_copy_has_the_chosen_rows_and_is_proved(source: str, target_db: str) -> None:
    """People below the two, their visits, everyone above, their cities, and what is not tied."""
    copy_database(source, target_db, subset(), KEYS)
    assert rows(target_db, "SELECT id FROM person ORDER BY id") == sorted(ABOVE + BELOW)
    assert rows(target_db, "SELECT id FROM visit ORDER BY id") == rows(source, VISITS)
    assert rows(target_db, 'SELECT count(*) FROM "odd name"') == [(1,)]
    assert rows(target_db, "SELECT count(*) FROM person WHERE email LIKE 'nimue%'") == [(0,)]
    assert wrong(source, target_db, subset()) == {}


def test_no_other_number_of_rows_passes(source: str, target_db: str) -> None:
    """One row more than the set has."""
    copy_database(source, target_db, subset(), KEYS)
    run(target_db, "INSERT INTO city VALUES (77, 'city 77')")
    assert "same_rows" in wrong(source, target_db, subset())


def test_a_missing_parent_is_found(source: str, target_db: str) -> None:
    """Of a declared relation, which no key of the target holds; the source's orphans are none."""
    run(source, "CREATE TABLE stay (id int PRIMARY KEY, of int, host int REFERENCES person)")
    run(source, "INSERT INTO stay VALUES (1, 2, 10), (2, 99, 20), (3, NULL, 30)")
    policy = subset(relations=[{"from": "public.stay(of)", "to": "public.city(id)"}])
    copy_database(source, target_db, policy, KEYS)
    assert rows(target_db, "SELECT id FROM stay ORDER BY id") == [(1,), (2,)]
    assert wrong(source, target_db, policy) == {}
    run(target_db, "SET session_replication_role = replica; DELETE FROM city WHERE id = 2")
    found = wrong(source, target_db, policy)
    assert found["subset_is_closed"]["public.stay (of) -> public.city"] == 1


def test_the_check_says_that_there_is_no_subset(source: str, target_db: str) -> None:
    """A check that had nothing to look at must not read as one that looked."""
    whole = parse_policy('version: "1.0"\nauto_detect: false\n')
    copy_database(source, target_db, whole, KEYS)
    with finished(source, target_db, whole, KEYS) as copied:
        found = subset_is_closed(Evidence(copy=copied.copy, source=copied.connections.source))
    assert found.holds
    assert found.not_asked == "The policy has no subset."
    assert "references" not in found.details


def test_a_cut_reference_is_null_in_the_copy(source: str, target_db: str) -> None:
    """In rows whose boss stays away; the others keep theirs, and the ledgers agree."""
    policy = subset(parents={"public.person.boss": "null"})
    copy_database(source, target_db, policy, KEYS)
    assert rows(target_db, "SELECT id FROM person ORDER BY id") == BELOW
    assert rows(target_db, "SELECT id FROM person WHERE boss IS NULL") == [(10,)]
    assert wrong(source, target_db, policy) == {}


def test_a_shuffle_deals_among_the_chosen_rows(source: str, target_db: str) -> None:
    """No value of a person who stays away comes into the copy."""
    policy = subset("shuffle")
    copy_database(source, target_db, policy, KEYS)
    emails = "SELECT email FROM person ORDER BY email"
    ids = [row[0] for row in rows(target_db, "SELECT id FROM person")]
    assert rows(target_db, emails) == rows(
        source, f"SELECT email FROM person WHERE id IN ({', '.join(map(str, ids))}) ORDER BY email"
    )


def test_chunks_side_by_side_bring_the_same_rows(
    source: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each chunk names its own rows, in worker processes too."""
    run(
        source, "INSERT INTO visit SELECT n, 10, '2024-06-01' FROM generate_series(1000, 9000) AS n"
    )
    run(source, "ANALYZE visit")
    monkeypatch.setattr(streams, "WORTH_WORKERS_BYTES", 100_000)
    monkeypatch.setattr(streams, "CORES", 4)
    report = copy_database(source, target_db, subset(), KEYS)
    assert report.tables["public.visit_1"].rows > 8000
    assert rows(target_db, "SELECT count(DISTINCT id) FROM visit WHERE id >= 1000") == [(8001,)]
    assert rows(target_db, "SELECT max(chunks) FROM _privaci.cuts")[0][0] > 1
    assert wrong(source, target_db, subset()) == {}


def load(refresh: Any) -> dict[str, int]:
    """Load all tables; returns how many rows each of them brought now."""
    brought: dict[str, int] = {}

    def noted(table: Any) -> Any:
        def note(_chunk: Any, ready: Any) -> None:
            brought[table.name] = brought.get(table.name, 0) + ready.loaded.rows

        return note

    list(load_many(refresh, refresh.copy.plan.tables, noted))
    return brought


def test_a_resumed_run_keeps_the_tables_whose_rows_are_the_same(
    source: str, target_db: str
) -> None:
    """Only a table is loaded again that changed, or of which other rows are chosen now."""
    first = Claim(run="first", refresh="one")
    with opened(source, target_db, subset(), KEYS, claim=first) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        load(refresh)
    run(source, "INSERT INTO visit VALUES (7777, 10, '2024-07-01', 'new')")
    again = Claim(run="second", refresh="one", resumes=True)
    with opened(source, target_db, subset(), KEYS, claim=again) as refresh:
        take_over_target(refresh.copy, refresh.earlier)
        brought = load(refresh)
    assert brought.keys() == {"public.visit_1"}


def test_a_resumed_run_loads_what_is_chosen_now(source: str, target_db: str) -> None:
    """A person who moved brings another city, though nothing was written to the cities."""
    policy = subset(children={"public.person": "none"})
    first = Claim(run="first", refresh="one")
    with opened(source, target_db, policy, KEYS, claim=first) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        load(refresh)
    run(source, "UPDATE person SET city = 5 WHERE id = 10")
    again = Claim(run="second", refresh="one", resumes=True)
    with opened(source, target_db, policy, KEYS, claim=again) as refresh:
        take_over_target(refresh.copy, refresh.earlier)
        brought = load(refresh)
    assert brought.keys() == {"public.city", "public.person"}
