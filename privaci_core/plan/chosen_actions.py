"""Chooses actions for columns that no rule covers: by detection, and by the policy's `unlisted`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.detect.choose_mask import choose_mask
from privaci_core.detect.column_names import KINDS
from privaci_core.detect.keep_around import kept_around
from privaci_core.detect.redact import redact
from privaci_core.plan.column_shape import combined
from privaci_core.plan.free_texts import mask_free_texts
from privaci_core.plan.masked_alike import mask_alike
from privaci_core.plan.open_columns import GIVE_AN_ACTION
from privaci_core.plan.rules import ColumnRule
from privaci_core.plan.text_costs import reading_time
from privaci_core.plan.text_indexes import empty_text_indexes
from privaci_core.policy import Fake, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.open_columns import OpenColumns
    from privaci_core.plan.ruled_columns import RuledColumns
    from privaci_core.plan.rules import Reason
    from privaci_core.policy import Action, Finding, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenActions:
    """Rules for open columns, and what no action fits."""

    rules: Mapping[Place, ColumnRule]
    findings: tuple[Finding, ...] = ()


NOTHING = ChosenActions(rules={})


def choose_actions(
    inputs: Inputs,
    ruled: RuledColumns,
    opened: OpenColumns,
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> ChosenActions:
    """Mask what surely looks personal; refuse or redact the rest where the policy says so."""
    # A strict policy has refused detected columns already.
    strict = inputs.policy.strict_autodetect
    detected = NOTHING if strict else _mask_detected(inputs, ruled, opened, links, shapes)
    rest = [place for place in opened.places if place not in detected.rules]
    known = {**ruled.rules, **detected.rules}
    texts = {} if strict else _mask_texts(inputs, rest, known, links, shapes)
    rest = [place for place in rest if place not in texts]
    unlisted = _treat_unlisted(inputs, rest, links, shapes)
    return ChosenActions(
        rules={**detected.rules, **texts, **unlisted.rules},
        findings=(*detected.findings, *unlisted.findings),
    )


def _mask_texts(
    inputs: Inputs,
    places: Sequence[Place],
    rules: Mapping[Place, ColumnRule],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> dict[Place, ColumnRule]:
    """Mask values of masked columns, texts that name people, and what was indexed of such texts.

    Where nothing unlisted may stay, no word of either may.
    """
    if inputs.policy.unlisted == "mask":
        return {}
    alike = mask_alike(inputs, places, rules, links, shapes)
    rules, rest = {**rules, **alike}, [place for place in places if place not in alike]
    texts = mask_free_texts(inputs, rest, rules, shapes)
    # Where firms become others, so do the columns that repeat them.
    firms = {place: rule for place, rule in texts.items() if isinstance(rule.action, Fake)}
    if firms:
        rest = [place for place in rest if place not in firms]
        texts |= mask_alike(inputs, rest, firms, links, shapes)
    indexes = empty_text_indexes(inputs, rest, {**rules, **texts}, shapes)
    return {**alike, **texts, **indexes}


def _mask_detected(
    inputs: Inputs,
    ruled: RuledColumns,
    opened: OpenColumns,
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> ChosenActions:
    """Mask the columns that surely look personal, and the open columns that are linked to them."""
    rules: dict[Place, ColumnRule] = {}
    kinds = inputs.policy.rules_by_kind
    findings = [*_unknown_kinds(inputs.policy)]
    for place, suspicion in opened.suspicions.items():
        sure = suspicion.confidence == "high"
        sure = sure or (suspicion.confidence == "medium" and suspicion.kind in kinds)
        if not sure or place in rules:
            continue
        group = links.reachable(place)
        shape = combined(place, group, shapes)
        action = choose_mask(
            suspicion,
            shape,
            kinds,
            is_key=place in links.of_keys,
            keeps_rest=inputs.policy.unlisted != "mask",
        )
        if action is None:
            findings.append(_unmaskable(inputs, place, suspicion, shape))
            continue
        action = kept_around(action, shape, inputs.contents.get(place))
        for other in group:
            if other not in ruled.rules:
                reason = _reason(inputs.catalog, place, other)
                evidence = _evidence(suspicion, action) + reading_time(inputs, place, action)
                rule = ColumnRule(action=action, reason=reason, evidence=evidence)
                rules.setdefault(other, rule)
    return ChosenActions(rules=rules, findings=tuple(findings))


def _unknown_kinds(policy: Policy) -> Iterator[Finding]:
    """Rules for kinds that are never detected: they would mask nothing."""
    known = {each.name for each in KINDS}
    for path, kinds in (
        (("kinds",), policy.kinds),
        *((("packs", name, "kinds"), pack.kinds) for name, pack in policy.packs.items()),
    ):
        for kind in kinds.keys() - known:
            reason, remedy = f"nothing is detected as `{kind}`", suggest(kind, known)
            yield policy.finding(*path, kind, reason=reason, remedy=remedy)


def _evidence(suspicion: Suspicion, action: Action) -> str:
    """Why the column looks personal, and as what where neither action nor paths say it."""
    if suspicion.paths or getattr(action, "provider", None) == suspicion.kind:
        return suspicion.evidence
    return f"{suspicion.kind.replace('_', ' ')}: {suspicion.evidence}"


def _reason(catalog: Catalog, place: Place, other: Place) -> Reason:
    """A partition's column counts as its table's; any other linked column follows by the link."""
    root = catalog.root(catalog.by_oid[other[0]]).oid
    return "detected" if (root, other[1]) == place else "inherited by key"


def _unmaskable(inputs: Inputs, place: Place, suspicion: Suspicion, shape: Shape) -> Finding:
    looks = f"it seems to hold {suspicion.kind} ({suspicion.evidence})"
    reason = f"{looks}, and nothing masks a {shape.type_name}"
    return inputs.finding(place, reason=reason, remedy=GIVE_AN_ACTION)


def _treat_unlisted(
    inputs: Inputs,
    places: Iterable[Place],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> ChosenActions:
    """Leave open columns as they are, refuse them, or keep nothing of them."""
    match inputs.policy.unlisted:
        case "deny":
            why = dict.fromkeys(places, "the column is not listed")
            return ChosenActions(rules={}, findings=_refused(inputs, why))
        case "mask":
            return _redact(inputs, places, links, shapes)
        case _:
            return NOTHING


def _redact(
    inputs: Inputs,
    places: Iterable[Place],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> ChosenActions:
    rules, unfit = {}, {}
    for place in places:
        shape = shapes[place]
        action = redact(shape, is_key=place in links.of_keys)
        if action is not None:
            rules[place] = ColumnRule(action=action, reason="unlisted")
        else:
            why = f"the column is not listed, and nothing redacts a {shape.type_name}"
            unfit[place] = why
    return ChosenActions(rules=rules, findings=_refused(inputs, unfit))


def _refused(inputs: Inputs, reasons: Mapping[Place, str]) -> tuple[Finding, ...]:
    """One finding a column; a partition's column counts as its table's."""
    return tuple(
        inputs.finding(place, reason=reason, remedy=GIVE_AN_ACTION)
        for place, reason in reasons.items()
        if inputs.catalog.by_oid[place[0]].partition_of is None
    )
