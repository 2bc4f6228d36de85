"""The time of each mask per distinct value."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import TypeAdapter

from privaci_core.masks import Keys, Shape, bind
from privaci_core.policy import PROVIDERS, Action

if TYPE_CHECKING:
    from privaci_core.masks import Mask

KEYS = Keys.of(b"a salt of the benchmarks, long enough", b"a pseudonym key of them, long enough")
VALUES = 100_000
ROUNDS = 3
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)


Case = tuple[dict[str, Any], Shape, pl.Series]


def run() -> dict[str, float]:
    """Time every mask on distinct values; print microseconds a value."""
    print(f"### Masks, microseconds a value ({VALUES:,} values, best of {ROUNDS})\n")
    print("| mask | us |\n|---|---|")
    found = {}
    for name, (action, shape, values) in _cases().items():
        found[name] = _timed(bind(ACTIONS.validate_python(action), shape, KEYS), values)
        print(f"| {name} | {found[name]:.2f} |")
    print()
    return found


def _cases() -> dict[str, Case]:
    """Each mask with the shape of a column and distinct values for it."""
    counted = pl.Series(range(VALUES))
    numbers = counted.cast(pl.String)
    words = "value number " + numbers
    names = "Anna Maria Family" + numbers
    dates = (counted % 20_000).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
    providers: dict[str, Case] = {
        f"fake {provider}": (
            {"action": "fake", "provider": provider},
            Shape(),
            names if "name" in provider else words,
        )
        for provider in PROVIDERS
    }
    int4, int8 = Shape(type_name="int4"), Shape(type_name="int8", unique=True)
    regex = {"action": "regex_mask", "pattern": "[0-9]", "replace": "#"}
    return providers | {
        "hash text": ({"action": "hash"}, Shape(), words),
        "hash int8": ({"action": "hash"}, int8, numbers),
        "hash int4": ({"action": "hash"}, Shape(type_name="int4", unique=True), numbers),
        "hmac_hash": ({"action": "hmac_hash"}, Shape(), words),
        "fpe digits": ({"action": "fpe"}, Shape(unique=True), "49170" + numbers),
        "noise int4": ({"action": "noise", "ratio": 0.1}, int4, numbers),
        "date_shift date": ({"action": "date_shift"}, Shape(type_name="date"), dates),
        "regex_mask": (regex, Shape(), words),
        "partial": ({"action": "partial", "first": 1, "last": 2}, Shape(), words),
    }


def _timed(mask: Mask, values: pl.Series) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        mask(values)
        best = min(best, time.perf_counter() - begun)
    return round(best / len(values) * 1e6, 3)
