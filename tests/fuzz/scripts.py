"""Draws whole schemas as lists of statements, from a seed that hypothesis gives."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from fuzz import code, made_types, on_tables, rare, tables
from fuzz.drafts import Draft
from fuzz.names import new_name, quoted

Kinds = tuple[tuple[Callable[[Draft], None], int], ...]
# How often each kind of object is drawn: at most so many times.
BEFORE: Kinds = ((code.function, 2), (code.trigger_function, 1), (made_types.operator_and_cast, 1))
STANDING: Kinds = (
    (on_tables.index, 4),
    (on_tables.constraint, 3),
    (on_tables.foreign_key, 4),
    (code.view, 4),
    (code.function, 2),
    (on_tables.statistics, 2),
    (code.sequence, 2),
    (code.rule, 1),
    (on_tables.policy, 2),
    (on_tables.publication, 2),
    (on_tables.grants, 3),
    (code.trigger, 3),
    (code.large_object, 1),
    (made_types.search_configuration, 1),
    (made_types.foreign_server, 1),
)


def drawn_script(seed: int, version: int, extensions: frozenset[str]) -> list[str]:
    """The statements of one schema with its rows."""
    draft = Draft(Random(seed), version, extensions)  # noqa: S311 - a seed is to be repeated
    for _ in range(draft.random.randint(0, 2)):
        name = new_name(draft.random, set(draft.schemas))
        draft.add(f"CREATE SCHEMA {quoted(name)}")
        draft.schemas.append(name)
        draft.made("SCHEMA", quoted(name))
    made_types.extensions(draft)
    for _ in range(draft.random.randint(0, 4)):
        made_types.made_type(draft)
    _draw(draft, BEFORE)
    for _ in range(draft.random.randint(1, 6)):
        tables.table(draft)
    for made in draft.tables:
        tables.rows(draft, made)
    _draw(draft, STANDING)
    if draft.chance(0.3):
        code.event_trigger(draft)
    rare.rare(draft)
    code.comments(draft)
    return draft.statements


def _draw(draft: Draft, kinds: Kinds) -> None:
    for kind, most in kinds:
        for _ in range(draft.random.randint(0, most)):
            kind(draft)
