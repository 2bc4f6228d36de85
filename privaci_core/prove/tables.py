"""Says of each table whether its rows are proved: those that were sent, and without originals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import tables_of
from privaci_core.prove.sentences import first_of, sentences_at

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    @property
    def sentence(self) -> str:
        """The table in one line: what is wrong, or what was proved."""
        if self.wrong:
            return " ".join(first_of(list(self.wrong), 1))
        rows = "Its row is" if self.rows == 1 else f"Its {self.rows:,} rows are"
        sent = "the one that was sent" if self.rows == 1 else "those that were sent"
        held = "holds" if self.rows == 1 else "hold"
        return f"{rows} {sent}, and {held} no original that is searched."


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
            table = place if place in tables else place.rpartition(".")[0]
            if table in tables:
                found.setdefault(table, []).extend(sentences_at(verdict, place, check.say))
    return found
