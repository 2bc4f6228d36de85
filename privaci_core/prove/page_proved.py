"""Works out what a page says was proved: how many originals were searched, what each row's sum is.

All of it is optional: proofs of earlier versions are drawn as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.names import visible
from privaci_core.prove.page_figures import unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SEARCH, REVIEW = "no_originals", "all_columns_reviewed"
ROWS, KEYS = "rows_are_masked", "keys_hold"
SAMPLE = "sample"
# The first release said `different`.
DIFFERENCES = ("differences", "different")


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """How many originals of masked columns were searched in the target."""

    originals: int
    searched: int
    # How many were left out, by the reason.
    left_out: Mapping[str, int]
    # How many masked columns hold nothing that could be searched for, by the reason.
    columns_left_out: Mapping[str, int]
    samples: bool

    @property
    def share(self) -> str:
        """The share that was searched; it is never rounded up to all."""
        if self.searched >= self.originals:
            return "100 %"
        return f"{min(10_000 * self.searched // self.originals, 9_999) / 100:.2f} %"

    @property
    def left(self) -> str:
        """What was left out, in words."""
        return "; ".join(f"{count:,} left out: {reason}" for reason, count in self.left_out.items())

    @property
    def columns(self) -> str:
        """The masked columns that are not searched for, in words."""
        return "; ".join(f"{count:,}: {reason}" for reason, count in self.columns_left_out.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerColumn:
    """What a table's ledger says of one column."""

    name: str
    sum: str
    nulls: int
    changed: int
    stayed: str


def proved(checks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there are checks, and each passed or only warns."""
    return bool(checks) and all(check["passed"] or check["severity"] == "WARN" for check in checks)


def searched_of(checks: Iterable[Mapping[str, Any]]) -> Searched | None:
    """What the search for originals covered; None where the proof does not say it."""
    found = found_by(checks, SEARCH)
    if "searched" not in found:
        return None
    left_out = found.get("left_out", 0)
    if not isinstance(left_out, dict):
        left_out = {"short values, or everyday words": left_out}
    return Searched(
        originals=found["originals"],
        searched=found["searched"],
        left_out={reason: count for reason, count in left_out.items() if count},
        columns_left_out=found.get("columns_left_out", {}),
        samples=found.get("search") == SAMPLE,
    )


def passed_counts(checks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What the checks counted that read every row back and compared definitions, if they passed."""
    passed = [check for check in checks if check["passed"]]
    rows, keys = found_by(passed, ROWS), found_by(passed, KEYS)
    counts = {name: rows.get(name) for name in ("rows", "values", "masked_values")}
    counts |= {name: keys.get(name) for name in ("definitions", "foreign_keys")}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def unreviewed_of(checks: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The columns that look personal and were copied, as the check of reviews names them."""
    found = found_by(checks, REVIEW)
    return frozenset(unquoted(name) for label in DIFFERENCES for name in found.get(label) or ())


def ledger_columns(ledger: Mapping[str, Any]) -> Iterator[LedgerColumn]:
    """The columns of a table's ledger, in the order of their names."""
    for name, column in sorted(ledger["columns"].items()):
        stayed = sorted(column.get("stayed", {}).items())
        yield LedgerColumn(
            name=visible(name),
            sum=column["sum"],
            nulls=column["nulls"],
            changed=column.get("changed", 0),
            stayed=", ".join(f"{count:,} {reason}" for reason, count in stayed),
        )


def found_by(checks: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """What a check found; empty where the proof does not have it."""
    for check in checks:
        if check["name"] == name:
            found: Mapping[str, Any] = check["found"]
            return found
    return {}
