"""Puts a verdict of the core into the words of an asset check: counts and names, no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.plan.markdown import sentence
from privaci_dagster.labels import DIFFERENCE_COUNT, DIFFERENCES, NOT_ASKED, REFRESH, WHAT_TO_DO

if TYPE_CHECKING:
    from privaci_core.prove.checks import Check
    from privaci_core.prove.verdict import Verdict

MOST_SENTENCES = 3
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def result_of(
    check: Check, verdict: Verdict, refresh: str, seconds: float = 0
) -> dg.AssetCheckResult:
    """A verdict on a refresh as Dagster shows it; what the policy allows is a warning."""
    sentences = check.sentences(verdict)
    return dg.AssetCheckResult(
        passed=not verdict.differences,
        severity=ERROR if check.blocks and (verdict.wrong or not verdict.differences) else WARN,
        metadata={
            REFRESH: refresh,
            DIFFERENCES: dg.MetadataValue.json(dict(verdict.differences)),
            # Dagster draws a number as a line over the runs.
            DIFFERENCE_COUNT: len(verdict.differences),
            "seconds": round(seconds, 3),
            **_details(verdict),
            **({WHAT_TO_DO: dg.MetadataValue.json(sentences)} if sentences else {}),
            **({NOT_ASKED: verdict.not_asked} if verdict.not_asked else {}),
        },
        description=verdict.not_asked or summary(sentences),
    )


def summary(sentences: list[str]) -> str:
    """What the check's page shows first: the first sentences, each on its line."""
    more = ["`what_to_do` has more."] if len(sentences) > MOST_SENTENCES else []
    return "\n".join([*map(sentence, sentences[:MOST_SENTENCES]), *more]) or "Nothing is wrong."


def _details(verdict: Verdict) -> dict[str, int | str | dg.JsonMetadataValue]:
    return {
        name: value if isinstance(value, int | str) else dg.MetadataValue.json(value)
        for name, value in verdict.details.items()
    }
