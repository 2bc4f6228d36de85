"""Gathers what the checks of a copy look at; what several checks need is read once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from privaci_core.catalog.catalog import read_catalog
from privaci_core.postgres.session import target_session
from privaci_core.prove.ledgers import recorded_in, wanted
from privaci_core.prove.read_back import read_back
from privaci_core.prove.remask import remasked
from privaci_core.target.claim import LEDGER_KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.loading.copy import Copy
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.extent import Extent
    from privaci_core.prove.ledgers import Recorded
    from privaci_core.prove.read_back import Wanted
    from privaci_core.prove.verdict import Verdict
    from privaci_core.stream.ledger import Ledger


# Of tables that an earlier version loaded: any key does for a comparison in one process.
NO_KEY = secrets.token_bytes(LEDGER_KEY_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """What each table must hold, and what it holds."""

    expected: Mapping[str, Ledger]
    found: Mapping[str, Ledger]
    # How many orphans were left out of each table that has some.
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What each table must hold, and how it is read in the target for a comparison."""

    catalog: Catalog
    wants: Mapping[str, Wanted]
    expected: Mapping[str, Ledger]
    left_out: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A loaded copy, the source, and how much of the target is searched for originals."""

    copy: Copy
    source: Connection = field(repr=False)
    search: Extent = "full"
    # How many rows of each table a sample reads.
    sample_rows: int = 100_000
    # Whether the source is masked once more; else what the load recorded is compared.
    remasks: bool = False
    # What the checks found so far, by name.
    verdicts: dict[str, Verdict] = field(default_factory=dict, repr=False, compare=False)
    # What a head start of the search has read of the source.
    originals: list[Any] = field(default_factory=list, repr=False, compare=False)
    # The ledgers of tables whose rows the search for originals has read, by table.
    read: dict[str, Ledger] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def asked(self) -> Asked:
        """How the target's rows are to be read, and what they are compared with."""
        copy = self.copy
        with session_in_target(copy) as target:
            catalog = read_catalog(target)
            recorded = recorded_in(target, catalog)
        expected = (
            _remasked(copy, self.source, recorded) if self.remasks else _loaded(copy, recorded)
        )
        wants = {
            table: wanted(ledger, recorded[table].key if table in recorded else NO_KEY)
            for table, ledger in expected.items()
        }
        return Asked(
            catalog=catalog,
            wants=wants,
            expected=expected,
            left_out=_left_out(copy, recorded),
        )

    @cached_property
    def ledgers(self) -> Ledgers:
        """The ledgers of all tables of the copy; the target is read once."""
        asked = self.asked
        left = {table: want for table, want in asked.wants.items() if table not in self.read}
        found = read_back(self.copy.ends.target, asked.catalog, left) if left else {}
        return Ledgers(
            expected=asked.expected, found={**found, **self.read}, left_out=asked.left_out
        )

    @property
    def rows_of_sample(self) -> int | None:
        """How many rows of each table the search reads; None for all."""
        return self.sample_rows if self.search == "sample" else None

    @property
    def is_to_read(self) -> bool:
        """Whether the search may read rows for the ledgers too: they are neither read nor made."""
        return self.search == "full" and not self.remasks and "ledgers" not in self.__dict__


def session_in_target(copy: Copy) -> AbstractContextManager[Connection]:
    """A session that is in no transaction between its queries: servers may end idle ones."""
    return target_session(copy.ends.target, autocommit=True)


def tables_of(copy: Copy) -> list[str]:
    """The tables that the copy loads, a partitioned table once."""
    return list(dict.fromkeys(map(copy.root_of, copy.plan.tables)))


def _loaded(copy: Copy, recorded: Mapping[str, Recorded]) -> dict[str, Ledger]:
    return {table: recorded[table].ledger for table in tables_of(copy) if table in recorded}


def _left_out(copy: Copy, recorded: Mapping[str, Recorded]) -> dict[str, int]:
    counts = {
        table: recorded[table].rows_left_out for table in tables_of(copy) if table in recorded
    }
    return {table: count for table, count in counts.items() if count}


def _remasked(
    copy: Copy, source: Connection, recorded: Mapping[str, Recorded]
) -> dict[str, Ledger]:
    keys = {
        table: recorded[table].key if table in recorded else NO_KEY for table in tables_of(copy)
    }
    expected = remasked(copy, source, keys)
    return {
        table: ledger + recorded[table].settled if table in recorded else ledger
        for table, ledger in expected.items()
    }
