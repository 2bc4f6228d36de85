"""Plans copies of the corpus with no rules, and counts what is masked, named and masked wrongly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builders.catalogs import catalog, table

from benchmarks.detection.corpus import SPELLINGS, spelled
from benchmarks.detection.values import column_of
from privaci_core.detect.recognise import looks_of
from privaci_core.detect.sample import Contents
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.detection.corpus import Application, Judged, Spelling
    from privaci_core.catalog.catalog import Catalog, Place

ROWS = 60
NO_RULES = parse_policy('version: "1.0"\n')
# The types whose values are sampled, besides dates.
SAMPLED = frozenset({"text", "int8", "numeric"})


@dataclass(kw_only=True)
class Score:
    """How many personal columns are masked, or only named; and which are masked wrongly."""

    personal: int = 0
    masked: int = 0
    named: int = 0
    masked_of_all: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def rates(self) -> dict[str, float]:
        """Shares of the personal columns; precision is of what is masked by itself."""
        return {
            "masked": round(self.masked / self.personal, 3),
            "masked or named": round((self.masked + self.named) / self.personal, 3),
            "precision": round(1 - len(self.wrong) / max(1, self.masked_of_all), 3),
        }


def judge(
    applications: Iterable[Application],
    *,
    rows: int = ROWS,
    spellings: tuple[Spelling, ...] = SPELLINGS,
) -> Score:
    """The score of detection over these applications, in each spelling of their names."""
    score = Score()
    for application in applications:
        for spelling in spellings:
            _judge_one(application, spelling, rows, score)
    return score


def _judge_one(application: Application, spelling: Spelling, rows: int, score: Score) -> None:
    source = _catalog(application, spelling)
    judged = {
        (oid, spelled(column.name, spelling)): (f"{application.name}.{name}.{column.name}", column)
        for oid, (name, columns) in enumerate(application.tables.items(), 1)
        for column in columns
    }
    plan = plan_copy(source, NO_RULES, _contents(application.language, judged, rows))
    masked = {
        (source.by_name[each.name].oid, column.name)
        for each in plan.tables
        for column in each.masked
    }
    named = {
        (source.by_name[name].oid, column)
        for name, column, suspicion in plan.suspected
        if suspicion.confidence != "low"
    }
    for place, (name, column) in judged.items():
        _count(score, name, column, is_masked=place in masked, is_named=place in named)


def _catalog(application: Application, spelling: Spelling) -> Catalog:
    return catalog(
        *(
            table(
                f"public.{spelled(name, spelling)}",
                *(f"{spelled(column.name, spelling)} {column.type}" for column in judged),
            )
            for name, judged in application.tables.items()
        )
    )


def _contents(
    language: str, judged: dict[Place, tuple[str, Judged]], rows: int
) -> dict[Place, Contents]:
    return {
        place: Contents(looks=looks_of(column_of(column.values, language, rows, name)))
        for place, (name, column) in judged.items()
        if rows and column.type in SAMPLED
    }


def _count(score: Score, name: str, column: Judged, *, is_masked: bool, is_named: bool) -> None:
    if column.verdict == "either":
        return
    score.masked_of_all += is_masked
    if column.verdict == "nobody":
        score.wrong += [name] * is_masked
        return
    score.personal += 1
    score.masked += is_masked
    score.named += is_named and not is_masked
    if not is_masked:
        score.missed.append(f"{name}: {'named' if is_named else 'neither'}")
