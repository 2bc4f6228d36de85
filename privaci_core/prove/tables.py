"""Says of each table whether its rows are proved: those that were sent, and without originals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import read_catalog
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.names import table_of
from privaci_core.postgres.session import target_session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import tables_of
from privaci_core.prove.ledgers import NOT_THERE, recorded_in, wanted
from privaci_core.prove.read_back import read_back
from privaci_core.prove.rows import verdict_of_rows
from privaci_core.prove.sentences import OF_TARGET_ONLY, first_of, sentences_at
from privaci_core.stream.ledger import Ledger
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from privaci_core.prove.evidence import Evidence

# The checks that judge rows, each table by itself.
OF_ROWS = ("same_rows", "rows_are_masked", "no_originals")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedTable:
    """What was found of one table's rows."""

    name: str
    rows: int
    masked_columns: int
    # What is wrong, in sentences; empty where the rows are proved.
    wrong: tuple[str, ...]
    # Whether it was compared with what the target keeps of an earlier proof.
    again: bool = False

    @property
    def sentence(self) -> str:
        """The table in one line: what is wrong, or what was proved."""
        if self.wrong:
            return " ".join(first_of(list(self.wrong), 1))
        one = self.rows == 1
        rows = "Its row is the one" if one else f"Its {self.rows:,} rows are those"
        if self.again:
            return f"{rows} that {'was' if one else 'were'} proved."
        sent, held = ("was", "holds") if one else ("were", "hold")
        return f"{rows} that {sent} sent, and {held} no original that is searched."


def are_judged(evidence: Evidence) -> bool:
    """Whether all checks of rows have looked already."""
    return evidence.verdicts.keys() >= set(OF_ROWS)


def proved_tables(evidence: Evidence) -> Iterator[ProvedTable]:
    """Every table of the copy; what a check of rows has looked at is not read again."""
    wrong = _wrong_by_table(evidence)
    masked = _masked_columns(evidence)
    for name in tables_of(evidence.copy):
        found = evidence.ledgers.found.get(name)
        yield ProvedTable(
            name=name,
            rows=found.rows if found else 0,
            masked_columns=len(masked[name]),
            wrong=tuple(wrong.get(name, ())),
        )


def proved_again(dsn: str, names: AbstractSet[str]) -> Iterator[ProvedTable]:
    """Tables of a published target beside the ledgers that it keeps; the source is not needed."""
    with target_session(dsn, autocommit=True) as target:
        refuse_unfinished(target, f"Comparing {describe(dsn)} with its ledgers")
        catalog = read_catalog(target)
        recorded = recorded_in(target, catalog)
    expected = {name: each.ledger for name, each in recorded.items() if name in names}
    wants = {name: wanted(ledger, recorded[name].key) for name, ledger in expected.items()}
    found = read_back(dsn, catalog, wants)
    there = {relation.qualified for relation in catalog.roots}
    wrong = verdict_of_rows(expected, found, sorted((names & there) - expected.keys())).wrong
    wrong |= dict.fromkeys(names - there, NOT_THERE)
    for name in sorted(names):
        yield _again(name, expected.get(name, Ledger()), found.get(name, Ledger()), wrong)


def _again(name: str, sent: Ledger, held: Ledger, wrong: Mapping[str, str]) -> ProvedTable:
    say = OF_TARGET_ONLY["rows_are_proved"]
    return ProvedTable(
        name=name,
        rows=held.rows,
        masked_columns=sum(bool(each.changed) for each in sent.columns.values()),
        wrong=(say(name, wrong[name]),) if name in wrong else (),
        again=True,
    )


def _masked_columns(evidence: Evidence) -> dict[str, set[str]]:
    """The masked columns of each table, whichever of its partitions has them."""
    copy, found = evidence.copy, defaultdict[str, set[str]](set)
    for table in copy.plan.tables:
        found[copy.root_of(table)].update(column.name for column in table.masked)
    return found


def _wrong_by_table(evidence: Evidence) -> dict[str, list[str]]:
    """The sentences about each table's rows; a place is a table, or a column of one."""
    tables, found = set(tables_of(evidence.copy)), dict[str, list[str]]()
    for check in (CHECK_NAMED[name] for name in OF_ROWS):
        verdict = check.verdict(evidence)
        for place in verdict.wrong:
            table = place if place in tables else table_of(place)
            if table in tables:
                found.setdefault(table, []).extend(sentences_at(verdict, place, check.say))
    return found
