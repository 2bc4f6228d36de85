"""Works out what a proof's page says of risk: how well the rows of each measured table hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.prove.page_proved import found_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHECK = "k_anonymity"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRisk:
    """How the rows of one table hide behind one another."""

    name: str
    columns: str
    rows: int
    smallest: int
    exposed: int
    # The fewest different sensitive values among rows that look alike; None where none is named.
    diversity: int | None
    sensitive: str
    # By column, how many rows it tells alone.
    alone: tuple[tuple[str, int], ...]

    @property
    def share(self) -> str:
        """The share of rows in groups of fewer than k; never rounded down to nothing."""
        return share_of(self.exposed, self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRisk:
    """What was measured, and whether people or guesses chose the columns."""

    k: int
    l: int | None  # noqa: E741 - l-diversity is known by this letter
    guessed: bool
    tables: tuple[TableRisk, ...]


def risk_of(checks: Iterable[Mapping[str, Any]]) -> PageRisk | None:
    """What the check of risk measured; None if the policy asked for no measuring."""
    found = found_by(checks, CHECK)
    if "rows_measured" not in found:
        return None
    return PageRisk(
        k=found["k"],
        l=found.get("l"),
        guessed=bool(found.get("columns_guessed")),
        tables=tuple(_table(name, rows, found) for name, rows in found["rows_measured"].items()),
    )


def share_of(part: int, whole: int) -> str:
    """A share in per cent: neither rounded down to nothing nor up to all."""
    if not whole or not part:
        return "0 %"
    if part >= whole:
        return "100 %"
    return f"{min(max(10_000 * part // whole, 1), 9_999) / 100:.2f} %"


def _table(name: str, rows: int, found: Mapping[str, Any]) -> TableRisk:
    columns = found.get("quasi_identifiers", {}).get(name, [])
    alone = found.get("rows_told_by_one_column", {})
    told = [(column, alone.get(f"{name}.{column}", 0)) for column in columns]
    return TableRisk(
        name=name,
        columns=", ".join(columns),
        rows=rows,
        smallest=found["smallest_class"].get(name, 0),
        exposed=found["rows_below_k"].get(name, 0),
        diversity=found.get("fewest_sensitive_values", {}).get(name),
        sensitive=", ".join(found.get("sensitive_columns", {}).get(name, [])),
        alone=tuple(told),
    )
