"""Asks detection about the corpus, and counts what it masks, names and takes by mistake."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builders.catalogs import catalog, table

from benchmarks.detection.corpus import SPELLINGS, spelled
from benchmarks.detection.values import column_of
from privaci_core.detect.recognise import looks_of
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import suspicions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.detection.corpus import Application, Judged, Spelling
    from privaci_core.catalog.catalog import Place
    from privaci_core.detect.suspect import Suspicion

ROWS = 60


@dataclass(kw_only=True)
class Score:
    """How many personal columns there are, are masked, and named; and what is masked wrongly."""

    personal: int = 0
    masked: int = 0
    named: int = 0
    masked_all: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    only_named: list[str] = field(default_factory=list)

    @property
    def rates(self) -> dict[str, float]:
        """Shares of the personal columns; precision is of what is masked by itself."""
        return {
            "masked": round(self.masked / self.personal, 3),
            "masked or named": round(self.named / self.personal, 3),
            "precision": round(1 - len(self.wrong) / max(1, self.masked_all), 3),
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
    columns = {
        (oid, spelled(column.name, spelling)): (f"{application.name}.{name}", column)
        for oid, (name, judged) in enumerate(application.tables.items(), 1)
        for column in judged
    }
    source = catalog(
        *(
            table(
                f"public.{spelled(name, spelling)}",
                *(f"{spelled(column.name, spelling)} {column.type}" for column in judged),
            )
            for name, judged in application.tables.items()
        )
    )
    found = suspicions(source, _contents(application, columns, rows) if rows else None)
    for place, (name, column) in columns.items():
        _count(score, f"{name}.{place[1]}", column, found.get(place))


def _contents(
    application: Application, columns: dict[Place, tuple[str, Judged]], rows: int
) -> dict[Place, Contents]:
    contents = {}
    for place, (name, column) in columns.items():
        if column.type in {"text", "int8", "numeric"}:
            values = column_of(column.values, application.language, rows, f"{name}.{column.name}")
            contents[place] = Contents(looks=looks_of(values))
    return contents


def _count(score: Score, name: str, column: Judged, found: Suspicion | None) -> None:
    confidence = found.confidence if found else None
    said = f"{name} {column.values}: {f'{found.kind}, {found.evidence}' if found else ''}"
    if confidence == "high" and column.verdict != "either":
        score.masked_all += 1
        if column.verdict == "nobody":
            score.wrong.append(said)
    if column.verdict != "personal":
        return
    score.personal += 1
    score.masked += confidence == "high"
    score.named += confidence in {"high", "medium"}
    if confidence == "medium":
        score.only_named.append(said)
    elif confidence != "high":
        score.missed.append(said)


def confused(applications: Iterable[Application]) -> Counter[str]:
    """How many columns each application has."""
    return Counter({each.name: sum(map(len, each.tables.values())) for each in applications})
