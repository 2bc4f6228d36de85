"""Draws a column's values: the fakes of what its name says it holds, else values of its type."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from privaci_core.masks.base.shape import DATES, TEXT
from privaci_core.testdata.hints import from_hint
from privaci_core.testdata.typed_values import KEY_BITS, typed_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.testdata.table_facts import ColumnFacts

MADE_UP = "FAKE_"
# Later attempts look beyond what a check names: another partition may take any value.
HINTED = 10
# Identifying numbers that no provider makes: as many digits as most of them have.
DIGITS = 10
DIGIT_KINDS = frozenset({"record_number", "npi", "tax_id", "cvv", "pin", "id_document", "device"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Where a value is drawn: which request, which row of which table, which attempt."""

    seed: str
    role: str
    number: int
    attempt: int = 0

    def key(self, column: str) -> int:
        """A number that only the same draw of the same column has."""
        parts = (self.seed, self.role, column, str(self.number), str(self.attempt))
        digest = blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
        return int.from_bytes(digest, "big")


def drawn(facts: ColumnFacts, draws: Sequence[Draw], *, made_up: bool) -> list[str | None]:
    """A value for each draw of a column."""
    keys = [_enumerated(facts, draw) for draw in draws]
    values = _values(facts, keys, draws)
    # One of a list, or a text of a pattern, would not be one with a mark.
    marks = made_up and not facts.hints and not facts.words
    return [_marked(value, facts) for value in values] if marks else values


def _enumerated(facts: ColumnFacts, draw: Draw) -> int:
    """A column of few values is tried in their order, so that each of them is."""
    few = facts.shape.labels or facts.words or facts.shape.type_name in {"bool", "int2", "char"}
    if not few or draw.attempt == 0:
        return draw.key(facts.name) + (draw.attempt << KEY_BITS)
    first = Draw(seed=draw.seed, role=draw.role, number=draw.number)
    return first.key(facts.name) + draw.attempt


def _values(facts: ColumnFacts, keys: Sequence[int], draws: Sequence[Draw]) -> list[str | None]:
    if happened(facts):
        return [None for _ in keys]
    if facts.fakes is not None:
        return [facts.fakes.of(key, draw.attempt) for key, draw in zip(keys, draws, strict=True)]
    if facts.hints and all(draw.attempt < HINTED for draw in draws):
        return [from_hint(facts.hints, key) for key in keys]
    if facts.kind in DIGIT_KINDS and facts.shape.type_name in TEXT and not facts.column.is_array:
        room = facts.shape.room
        return [str(key)[: min(room or DIGITS, DIGITS)] for key in keys]
    return [typed_value(facts, key) for key in keys]


def happened(facts: ColumnFacts) -> bool:
    """Whether a date says that something has happened, as `deleted_at`: a new row has none."""
    return (
        facts.shape.type_name in DATES
        and not facts.column.not_null
        and not facts.column.is_array
        and facts.kind != "dob"
    )


def _marked(value: str | None, facts: ColumnFacts) -> str | None:
    """A text with the mark of made-up ones, where the column has room for it."""
    if value is None or facts.shape.type_name not in TEXT or facts.column.is_array:
        return value
    marked = MADE_UP + value
    return marked if facts.shape.holds(len(marked)) else value
