"""Compares what was loaded into each table with what the target holds: ledger with ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import read_catalog
from privaci_core.postgres.session import target_session
from privaci_core.prove.nouns import counted
from privaci_core.prove.read_back import Wanted
from privaci_core.stream.ledger import Ledger
from privaci_core.target.ledger_store import DROPPED, NULLED, SETTLED, Part, stored_ledgers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection

NO_LEDGER = "no ledger was kept of it: an earlier version loaded it"
NOT_THERE = "the table is not in the target"
MOVED = "values have changed places between its rows"
MOST_COLUMNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The ledger of a table, the refresh that loaded it, and that refresh's key."""

    refresh: str
    # What the stream sent, and what references to rows that were not copied changed of it: those
    # that became NULL, and the rows that were left out.
    loaded: Ledger
    nulled: Ledger = field(default_factory=Ledger)
    dropped: Ledger = field(default_factory=Ledger)
    key: bytes = field(repr=False)

    @property
    def ledger(self) -> Ledger:
        """What the table must hold."""
        return self.loaded + self.settled

    @property
    def settled(self) -> Ledger:
        """What became of orphans: a change of the rows that were sent."""
        return self.nulled + self.dropped

    @property
    def rows_left_out(self) -> int:
        """How many orphans were left out."""
        return -self.dropped.rows


def wanted(ledger: Ledger, key: bytes) -> Wanted:
    """How the target is read for a ledger that can be compared with this one."""
    return Wanted(key=key, form=ledger.form, columns=frozenset(ledger.columns))


def ledgers_in(dsn: str) -> dict[str, Recorded]:
    """The ledgers that a target keeps, by table."""
    with target_session(dsn, autocommit=True) as target:
        return recorded_in(target, read_catalog(target))


def recorded_in(target: Connection, catalog: Catalog) -> dict[str, Recorded]:
    """The ledgers that a target keeps, by table: its partitions' and its parts' added up."""
    stored, parts = stored_ledgers(target), dict[str, list[Part]]()
    for part in stored.parts:
        relation = catalog.by_name.get(part.relation)
        table = catalog.root(relation).qualified if relation else part.relation
        parts.setdefault(table, []).append(part)
    return {table: _recorded(found, stored.keys) for table, found in parts.items()}


def _recorded(parts: Sequence[Part], keys: Mapping[str, bytes]) -> Recorded:
    refresh = parts[0].refresh
    return Recorded(
        refresh=refresh,
        loaded=_total(part for part in parts if not part.name.startswith(SETTLED)),
        nulled=_total(part for part in parts if part.name.startswith(NULLED)),
        dropped=_total(part for part in parts if part.name.startswith(DROPPED)),
        key=keys.get(refresh, b""),
    )


def _total(parts: Iterable[Part]) -> Ledger:
    return sum((Ledger.of_json(part.ledger) for part in parts), Ledger())


def different_rows(expected: Mapping[str, Ledger], found: Mapping[str, Ledger]) -> dict[str, str]:
    """The tables whose rows are not those that were loaded, each with what differs."""
    differences = {}
    for table, ledger in expected.items():
        why = _difference(ledger, found[table]) if table in found else NOT_THERE
        if why:
            differences[table] = why
    return differences


def _difference(expected: Ledger, found: Ledger) -> str:
    """What differs, in words; empty where nothing does."""
    if expected.rows != found.rows:
        return f"{counted(found.rows, 'row', 'rows')} where {expected.rows:,} were loaded"
    if set(expected.columns) != set(found.columns):
        others = sorted(set(expected.columns) ^ set(found.columns))
        return f"its columns are others: {_listed(others)}"
    differing = [
        name
        for name, column in expected.columns.items()
        if (column.sum, column.nulls) != (found.columns[name].sum, found.columns[name].nulls)
    ]
    if differing:
        return f"values differ in {_listed(sorted(differing))}"
    return "" if expected.whole == found.whole else MOVED


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_COLUMNS} more" if len(names) > MOST_COLUMNS else ""
    return ", ".join(names[:MOST_COLUMNS]) + more
