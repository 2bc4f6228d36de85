"""Reads from pytest's JUnit file how each capability's tests ended, and what they measured."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from scripts.capabilities.listed import Capability, Figure

MOST_NAMED = 3

Ending = Literal["passed", "failed", "skipped"]
Verdict = Literal["proved", "failed", "proved in part", "not run", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test that ran, by its module and name, and what it measured."""

    module: str
    name: str
    ending: Ending
    measured: tuple[tuple[str, float], ...] = ()

    def is_of(self, node: str) -> bool:
        """Whether a node of the list names this test, or its file."""
        path, _, name = node.partition("::")
        module = path.removesuffix(".py").replace("/", ".")
        return self.module == module and name in {"", self.name, self.name.partition("[")[0]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one capability."""

    capability: Capability
    verdict: Verdict
    why: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def trials_in(path: Path) -> tuple[Trial, ...]:
    """Every test of a JUnit file."""
    # Our own pytest wrote the file.
    cases = ET.parse(path).iter("testcase")  # noqa: S314
    return tuple(map(_trial, cases))


def result_of(capability: Capability, trials: Iterable[Trial], refused: str = "") -> Result:
    """The verdict about one capability: each of its tests must have run, and passed."""
    if refused:
        return Result(capability=capability, verdict="refused", why=refused)
    found = {node: [one for one in trials if one.is_of(node)] for node in capability.tests}
    mine = [trial for some in found.values() for trial in some]
    missing = [node for node, some in found.items() if all(one.ending == "skipped" for one in some)]
    verdict, why = _judged(mine, missing)
    return Result(
        capability=capability,
        verdict=verdict,
        why=why,
        counts=Counter(trial.ending for trial in mine),
        figures=_figures(capability.figures, mine),
    )


def confidence(results: Sequence[Result]) -> str:
    """One sentence: how far masking was proved in this run, and what was not."""
    masking = [one for one in results if one.capability.scope == "masking"]
    proved = [one for one in masking if one.verdict == "proved"]
    rest = [f"{one.capability.id} ({one.verdict})" for one in masking if one not in proved]
    if any(one.verdict == "failed" for one in masking):
        word = "None"
    else:
        word = "Full" if masking and not rest else "Partial"
    said = f"{word}: {len(proved)} of {len(masking)} masking capabilities were proved in this run"
    return f"{said}; not {', '.join(rest)}." if rest else f"{said}."


def _judged(mine: Sequence[Trial], missing: Sequence[str]) -> tuple[Verdict, str]:
    failed = [trial.name for trial in mine if trial.ending == "failed"]
    skipped = [trial.name for trial in mine if trial.ending == "skipped"]
    if failed:
        return "failed", f"failed: {_few(failed)}"
    if not any(trial.ending == "passed" for trial in mine):
        return "not run", "none of its tests ran"
    if missing:
        return "proved in part", f"did not run: {', '.join(missing)}"
    # A test that only a make target runs is skipped in a run of the suite: it is counted.
    return "proved", f"skipped: {_few(skipped)}" if skipped else ""


def _few(names: Sequence[str]) -> str:
    """The first of some names, and how many there are beside them."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def _figures(figures: Iterable[Figure], mine: Iterable[Trial]) -> dict[str, str]:
    """What the tests measured; a figure of which nothing was measured is left out."""
    values: dict[str, list[float]] = {}
    for trial in mine:
        for name, value in trial.measured:
            values.setdefault(name, []).append(value)
    return {
        figure.name: _said(figure, values)
        for figure in figures
        if all(name in values for name in figure.properties)
    }


def _said(figure: Figure, values: Mapping[str, Sequence[float]]) -> str:
    if figure.lowest:
        return f"{min(values[figure.lowest]):.3f}"
    total = f"{sum(values[figure.sum]):,.0f}"
    return f"{total} of {sum(values[figure.of]):,.0f}" if figure.of else total


def _trial(case: ET.Element) -> Trial:
    failed = case.find("failure") is not None or case.find("error") is not None
    skipped = case.find("skipped") is not None
    return Trial(
        module=case.get("classname", ""),
        name=case.get("name", ""),
        ending="failed" if failed else "skipped" if skipped else "passed",
        measured=tuple(_numbers(case)),
    )


def _numbers(case: ET.Element) -> Iterator[tuple[str, float]]:
    """The numbers that a test recorded; words are for others."""
    for each in case.iter("property"):
        with suppress(ValueError):
            yield each.get("name", ""), float(each.get("value", ""))
