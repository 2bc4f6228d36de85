"""Refuses templates that would write originals: their own, each other's, unmasked personal ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.policy import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.open_columns import OpenColumns
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Finding

# The columns that each template reads, by the template's own place.
Read = dict["Place", tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """What is wrong with the templates of a policy."""

    findings: tuple[Finding, ...]


def check_templates(
    inputs: Inputs, rules: Mapping[Place, ColumnRule], opened: OpenColumns
) -> Templates:
    """Find templates whose result is an original, or holds one."""
    read = {
        place: rule.action.columns
        for place, rule in rules.items()
        if isinstance(rule.action, Template) and rule.reason == "rule"
    }
    findings = (*_circles(inputs, read), *_originals(inputs, read, rules, opened))
    return Templates(findings=findings)


def _circles(inputs: Inputs, read: Read) -> Iterator[Finding]:
    """Templates that read themselves, at once or through other templates."""
    remedy = "Read columns that are masked by an action of their own, such as fake."
    for place in read:
        if place in _reached(place, read):
            others = sorted(name for name in read[place] if (place[0], name) in read)
            reason = f"the template reads itself through {', '.join(others)}: it gives the original"
            yield inputs.finding(place, reason=reason, remedy=remedy)


def _reached(place: Place, read: Read) -> set[Place]:
    """The templates that a template reads, and those that they read."""
    found: set[Place] = set()
    waiting = [place]
    while waiting:
        for name in read.get(waiting.pop(), ()):
            other = (place[0], name)
            if other in read and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _originals(
    inputs: Inputs, read: Read, rules: Mapping[Place, ColumnRule], opened: OpenColumns
) -> Iterator[Finding]:
    """Templates that read a column which looks personal and is copied unmasked."""
    for place, names in read.items():
        for name in dict.fromkeys(names):
            other = (place[0], name)
            suspicion = None if other in rules else opened.suspicions.get(other)
            if suspicion is not None and suspicion.confidence != "low":
                looks = f"looks personal ({suspicion.kind}) and is not masked"
                yield inputs.finding(
                    place,
                    reason=f"the template reads {name}, which {looks}",
                    remedy=f"Give {name} an action; passthrough says that its originals may stay.",
                )
