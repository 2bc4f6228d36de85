"""Asks detection about one column of a catalog that no server has."""

from __future__ import annotations

from builders.catalogs import catalog, table

from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import suspicions


def suspected(
    column: str, *, of: str = "thing", contents: Contents | None = None
) -> tuple[str, str, str] | None:
    """Kind, confidence and evidence of one column."""
    source = catalog(table(f"public.{of}", column))
    found = suspicions(source, {(1, column.split(maxsplit=1)[0]): contents} if contents else None)
    (suspicion,) = found.values() or (None,)
    if suspicion is None:
        return None
    return suspicion.kind, suspicion.confidence, suspicion.evidence


def looking(distinct: int = 40, **looks: object) -> Contents:
    """The contents of a column of text; `shares` are those of kinds."""
    usual = {"letters": 1.0, "digits": 1.0, "words": 1.0, "sampled": distinct}
    return Contents(looks=Looks(distinct=distinct, **(usual | looks)))
