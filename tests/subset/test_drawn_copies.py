"""Drawn subsets are copied as brute force says, or refused for the orphans that it finds."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from builders.copies import KEYS
from subset.asked import ask
from subset.drawn import create, draw
from subset.oracle import kept_rows, nulled_rows
from subset.test_drawn_subsets import FIRST, seen

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subset.drawn import Drawn
    from subset.oracle import Reference, Row, World

    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

# A copy takes longer than a choice: `make subsets` copies a tenth of what it chooses.
COUNT = max(2, int(os.environ.get("PRIVACI_TEST_SUBSETS", "0")) // 10)
# What a refusal says of each key.
REFUSED = re.compile(r"of (\S+): (\d+) rows refer to nothing in (\S+)")
# By the names of child and parent: how many rows refer to nothing.
Lost = Counter[tuple[str, str]]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_drawn_subset_is_copied_or_rightly_refused(
    seed: int, source_db: str, target_db: str
) -> None:
    """The target has brute force's rows; a refusal counts the orphans that brute force counts."""
    random = Random(seed)  # noqa: S311 - what is drawn is no secret
    drawn = draw(random)
    question = ask(random, drawn)
    with psycopg.connect(source_db, autocommit=True) as connection:
        create(connection, drawn)
        world = seen(connection, drawn, question)
    kept = kept_rows(world)
    left = _with_nulls(kept, nulled_rows(world, kept))
    policy = parse_policy(yaml.safe_dump(question.policy))
    lost = _orphans(drawn, world, left)
    assert _refused(source_db, target_db, policy) == lost, question.policy
    if not lost:
        assert _rows_in(target_db, drawn) == _rows(left), question.policy


def _with_nulls(kept: set[Row], nulled: Mapping[str, set[Row]]) -> list[tuple[Row, dict[str, Any]]]:
    """The kept rows, each with what it holds in the copy."""
    cut = {(row, place.rpartition(".")[2]) for place, rows in nulled.items() for row in rows}
    return [
        (row, {name: None if (row, name) in cut else held for name, held in row.values.items()})
        for row in kept
    ]


def _orphans(drawn: Drawn, world: World, left: list[tuple[Row, dict[str, Any]]]) -> Lost:
    """The rows of the copy that refer to none of it, by each key that Postgres validates."""
    found = Lost()
    for reference in _validated(drawn, world):
        held = {reference.key_in(row) for row, _ in left if row.has(reference.parent)}
        for row, values in left:
            if not row.has(reference.child):
                continue
            key = tuple(values[name] for name in reference.columns)
            if None not in key and key not in held:
                found[reference.child, reference.parent] += 1
    return found


def _validated(drawn: Drawn, world: World) -> Iterator[Reference]:
    """The foreign keys that hold of every row of the source."""
    for reference in world.asked.references:
        begins = f"ALTER TABLE {reference.child} ADD FOREIGN KEY ({', '.join(reference.columns)}) "
        for statement in drawn.keys:
            if statement.startswith(begins) and not statement.endswith("NOT VALID"):
                yield reference


def _refused(source: str, target: str, policy: Policy) -> Lost:
    """Copy; what a refusal says, which must be about orphans, or nothing."""
    found = Lost()
    try:
        copy_database(source, target, policy, KEYS)
    except CopyError as error:
        refusal = str(error)
    else:
        return found
    for child, count, parent in REFUSED.findall(refusal):
        found[child, parent] += int(count)
    assert found, refusal
    return found


def _rows_in(target: str, drawn: Drawn) -> Counter[tuple[str, str]]:
    """What the copy holds."""
    with psycopg.connect(target) as connection:
        return Counter(
            (leaf, json.dumps(values, sort_keys=True))
            for table in drawn.tables
            for leaf in table.leaves
            for (values,) in connection.execute(
                f"SELECT to_jsonb(t) FROM ONLY {leaf} AS t".encode()
            )
        )


def _rows(left: list[tuple[Row, dict[str, Any]]]) -> Counter[tuple[str, str]]:
    return Counter((row.leaf, json.dumps(values, sort_keys=True)) for row, values in left)
