"""Drawn subsets of drawn schemas have exactly the rows that brute force finds."""

from __future__ import annotations

import hashlib
import os
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from subset.asked import ask
from subset.drawn import create, draw
from subset.oracle import Row, World, kept_rows, nulled_rows
from substrate.databases import cloned

from privaci_core.catalog.catalog import read_catalog
from privaci_core.choose.choose import choose_rows
from privaci_core.masks import Keys
from privaci_core.masks.base.keys import derive
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from subset.asked import Question
    from subset.drawn import Drawn, Table
    from substrate.databases import Databases

    from privaci_core.choose.choose import Chosen

pytestmark = pytest.mark.postgres

# `make subsets` draws many more.
FIRST = int(os.environ.get("PRIVACI_TEST_FIRST_SUBSET", "0"))
COUNT = int(os.environ.get("PRIVACI_TEST_SUBSETS", "20"))
# So many in one test: a failure ends its test alone, and the workers are done at one time.
TOGETHER = 25
KEYS = Keys.of(b"a salt of the test suite, long enough")


@pytest.fixture(scope="module")
def one_database(databases: Databases) -> Iterator[str]:
    """One database for all schemas, one after another: to make one takes longer than a trial."""
    with cloned(databases) as dsn:
        yield dsn


@pytest.mark.parametrize("seed", range(FIRST, FIRST + min(COUNT, 20)))
def test_a_drawn_subset_has_the_rows_of_brute_force(
    seed: int, one_database: str, record_property: Callable[[str, object], None]
) -> None:
    """The same rows, of every table, and the same columns become NULL."""
    refuse_wrong(one_database, seed, record_property)


@pytest.mark.skipif("PRIVACI_TEST_SUBSETS" not in os.environ, reason="make subsets runs it")
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, TOGETHER))
def test_drawn_subsets_on_every_server(
    every_server: Databases, first: int, record_property: Callable[[str, object], None]
) -> None:
    """Each version of this machine finds the rows of brute force."""
    with cloned(every_server) as dsn:
        for seed in range(first, min(first + TOGETHER, FIRST + COUNT)):
            refuse_wrong(dsn, seed, record_property)


def refuse_wrong(dsn: str, seed: int, record: Callable[[str, object], None]) -> None:
    """Fail unless the subset that a seed draws has the rows of brute force; record how many."""
    random = Random(seed)  # noqa: S311 - what is drawn is no secret
    drawn = draw(random)
    question = ask(random, drawn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        create(connection, drawn)
        world = seen(connection, drawn, question)
    chosen = chosen_of(dsn, question)
    kept = kept_rows(world)
    said = f"subset {seed}:\n{yaml.safe_dump(question.policy['subset'])}"
    found, wanted = places_of(chosen, world), _places(kept)
    record("subset_rows_expected", len(wanted))
    record("subset_rows_kept", len(found & wanted))
    record("subset_rows_beyond", len(found - wanted))
    assert found == wanted, said
    expected = {name: _places(rows) for name, rows in nulled_rows(world, kept).items()}
    assert nulled_by(chosen) == expected, said


def chosen_of(dsn: str, question: Question) -> Chosen:
    """What the policy's subset is."""
    policy = parse_policy(yaml.safe_dump(question.policy))
    with source_session(dsn) as session:
        catalog = read_catalog(session)
        return choose_rows(session, catalog, plan_of(session, catalog, policy), KEYS)


def seen(connection: psycopg.Connection[Any], drawn: Drawn, question: Question) -> World:
    """Every row that can be copied, read back from the source."""
    rows: list[Row] = []
    texts: dict[Row, str] = {}
    for table in drawn.tables:
        if table.name not in question.asked.without_rows:
            for row, text in _rows(connection, table):
                if row.values["size"] < question.limits.get(table.name, 100):
                    rows.append(row)
                    texts[row] = text
    return World(asked=question.asked, rows=rows, hashed=_hashed(texts))


def _rows(connection: psycopg.Connection[Any], table: Table) -> Iterable[tuple[Row, str]]:
    identity = ", ".join(table.key_columns) or "t.*"
    for leaf in table.leaves:
        for place, values, text in connection.execute(
            f"SELECT ctid::text, to_jsonb(t), ROW({identity})::text FROM ONLY {leaf} AS t".encode()
        ):
            yield Row(table=table.name, leaf=leaf, place=place, values=values), text


def _hashed(texts: dict[Row, str]) -> Callable[[str, Row], bytes]:
    """The hash that orders rows: of the salt, the table's name and the row's key."""

    def hashed(name: str, row: Row) -> bytes:
        key = bytes.fromhex(derive(KEYS.salt, "subset", name))
        return hashlib.sha256(key + texts[row].encode()).digest()

    return hashed


def places_of(chosen: Chosen, world: World) -> set[str]:
    """The chosen rows, each as its table and its address."""
    found = set()
    for name, rows in chosen.rows.items():
        if rows is None:
            found |= _places(row for row in world.rows if row.leaf == name)
        else:
            found |= {f"{name}({block},{line})" for block, line in rows}
    return found


def nulled_by(chosen: Chosen) -> dict[str, set[str]]:
    """The rows in which a column becomes NULL, by `table.column`."""
    return {
        f"{name}.{column}": {f"{name}({block},{line})" for block, line in rows}
        for name, columns in chosen.nulls.items()
        for column, rows in columns
        if len(rows)
    }


def _places(rows: Iterable[Row]) -> set[str]:
    return {f"{row.leaf}{row.place}" for row in rows}
