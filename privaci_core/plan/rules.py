"""Decides which rule reaches each column: the file's own, one that a key brings, one for what was detected, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from privaci_core.catalog.catalog import Place
from privaci_core.detect.choose_mask import masking
from privaci_core.detect.redact import redaction
from privaci_core.plan.column_shape import shape_of
from privaci_core.plan.linked_columns import neighbours, tables_by_name
from privaci_core.policy import Null, Passthrough, relation_name, suggest

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.linked_columns import Tie
    from privaci_core.policy import Action, Finding, Policy

Reason = Literal["rule", "inherited by key", "detected", "unlisted"]


class Reach(NamedTuple):
    """The rule that reaches a column, why, and on what condition."""

    action: Action
    reason: Reason
    when: str | None
    # What of the column told that it is personal, where no rule said so.
    evidence: str = ""


Reached = dict[Place, Reach]
Tied = dict[Place, list[tuple[Place, str | None]]]


def reach_columns(
    catalog: Catalog,
    policy: Policy,
    ties: Sequence[Tie],
    known: Mapping[Place, Suspicion],
    findings: list[Finding],
) -> Reached:
    """Every column that a rule reaches, by itself or through what it is tied to."""
    tied = neighbours(ties)
    found = _follow(catalog, policy, _rules_by_column(catalog, policy, findings), tied, findings)
    if policy.strict_autodetect:
        findings += _strictly(catalog, policy, suspected_columns(catalog, policy, known, found))
    else:
        found |= _detected(catalog, policy, known, found, tied, findings)
    return found | _unlisted(catalog, policy, found, findings)


def _rules_by_column(catalog: Catalog, policy: Policy, findings: list[Finding]) -> Reached:
    """The file's rules, by the columns that they are about; unknown names become findings."""
    rules: Reached = {}
    tables = tables_by_name(catalog)
    for name, rule in policy.tables.items():
        relation = tables.get(name)
        if relation is None:
            near = suggest(name, tables)
            findings.append(
                policy.finding("tables", name, reason="the source has no such table", remedy=near)
            )
            continue
        columns = {column.name: column for column in catalog.columns.get(relation.oid, ())}
        for column, action in rule.columns.items():
            path = ("tables", name, "columns", column)
            if column not in columns:
                near = suggest(column, columns)
                findings.append(
                    policy.finding(*path, reason="the table has no such column", remedy=near)
                )
            elif columns[column].generated and not isinstance(action, Passthrough):
                reason, remedy = (
                    "the column is generated from others",
                    "Mask those; it follows by itself.",
                )
                findings.append(policy.finding(*path, reason=reason, remedy=remedy))
            else:
                rules[relation.oid, column] = Reach(action, "rule", action.when)
    return rules


def _follow(
    catalog: Catalog,
    policy: Policy,
    rules: Reached,
    tied: Tied,
    findings: list[Finding],
) -> Reached:
    """Give every column that is tied to a ruled one by keys, partitions or relations the same rule."""
    found, waiting = dict(rules), list(rules)
    while waiting:
        place = waiting.pop()
        action, _, when, _ = found[place]
        for other, condition in tied.get(place, ()):
            known = found.get(other)
            if known is None:
                found[other] = Reach(action, "inherited by key", condition or when)
                waiting.append(other)
            elif _differ(known.action, action):
                if place < other or condition:
                    reason = f"it holds the same key as {'.'.join(path_of(catalog, other)[1::2])}, but has another rule"
                    remedy = "Give both the same rule, or remove one."
                    findings.append(
                        policy.finding(*path_of(catalog, place), reason=reason, remedy=remedy)
                    )
            elif condition and known.when and known.reason == "inherited by key":
                # A column that refers to one table or to another follows each of them.
                found[other] = known._replace(when=_either(known.when, condition))
    return found


def _detected(
    catalog: Catalog,
    policy: Policy,
    known: Mapping[Place, Suspicion],
    found: Reached,
    tied: Tied,
    findings: list[Finding],
) -> Reached:
    """What masks the columns that surely hold something about people, and those that hold the same by a key."""
    keys = _of_keys(catalog)
    reached: Reached = {}
    for place, suspicion in suspected_columns(catalog, policy, known, found).items():
        if suspicion.confidence != "high" or place in reached:
            continue
        # A stand-in shows whom the mask would reach, before it is known which one all of them can hold.
        group = _follow(
            catalog, policy, {place: Reach(Null(action="null"), "detected", None)}, tied, []
        )
        shape = shape_of(catalog, place, group)
        action = masking(suspicion, shape, is_key=place in keys)
        if action is None:
            reason = f"it seems to hold {suspicion.kind} ({suspicion.evidence}), and nothing masks a {shape.type_name}"
            remedy = "Give it an action; passthrough copies it as it is."
            findings.append(policy.finding(*path_of(catalog, place), reason=reason, remedy=remedy))
            continue
        reached |= {
            other: Reach(action, _why(catalog, place, other), None, suspicion.evidence)
            for other in group
            if other not in found and other not in reached
        }
    return reached


def _why(catalog: Catalog, place: Place, other: Place) -> Reason:
    """A partition's column is its table's."""
    same = catalog.root(catalog.by_oid[other[0]]).oid == place[0] and other[1] == place[1]
    return "detected" if same else "inherited by key"


def _of_keys(catalog: Catalog) -> frozenset[Place]:
    """The columns at either end of a foreign key."""
    referencing = {(key.relation, name) for key in catalog.foreign_keys for name in key.columns}
    return frozenset(
        referencing
        | {(k.referenced, name) for k in catalog.foreign_keys for name in k.referenced_columns}
    )


def _unlisted(catalog: Catalog, policy: Policy, found: Reached, findings: list[Finding]) -> Reached:
    """What happens to columns that no rule reaches: nothing, or they are refused, or nothing of them is left."""
    if policy.unlisted == "detect":
        return {}
    keys = _of_keys(catalog)
    reached: Reached = {}
    for place in _open_places(catalog, policy, found):
        shape = shape_of(catalog, place)
        masks = policy.unlisted == "mask"
        action = redaction(shape, is_key=place in keys) if masks else None
        if action is None and catalog.by_oid[place[0]].partition_of is None:
            why = f", and nothing redacts a {shape.type_name}" if masks else ""
            remedy = "Give it an action; passthrough copies it as it is."
            finding = policy.finding(
                *path_of(catalog, place), reason=f"the column is not listed{why}", remedy=remedy
            )
            findings.append(finding)
        elif action is not None:
            reached[place] = Reach(action, "unlisted", None)
    return reached


def _strictly(
    catalog: Catalog, policy: Policy, suspected: dict[Place, Suspicion]
) -> Iterator[Finding]:
    for place, suspicion in suspected.items():
        if suspicion.confidence == "low":
            continue
        reason = f"it is not listed and seems to hold {suspicion.kind} ({suspicion.confidence}: {suspicion.evidence})"
        remedy = "Give it an action; passthrough copies it as it is."
        yield policy.finding(*path_of(catalog, place), reason=reason, remedy=remedy)


def suspected_columns(
    catalog: Catalog, policy: Policy, known: Mapping[Place, Suspicion], masks: Container[Place]
) -> dict[Place, Suspicion]:
    """The open columns that seem to hold something about people, each once, whatever its partitions."""
    places = _open_places(catalog, policy, masks)
    return {
        place: known[place]
        for place in places
        if place in known and catalog.by_oid[place[0]].partition_of is None
    }


def _open_places(catalog: Catalog, policy: Policy, found: Container[Place]) -> Iterator[Place]:
    """The columns of loaded tables that no rule reaches; a partition's are its parent's."""
    for relation in catalog.relations:
        rule = rule_of(catalog, policy, relation)
        if relation.kind not in {"r", "p"} or (rule and rule.strategy != "transform"):
            continue
        for column in catalog.columns.get(relation.oid, ()):
            if not column.generated and (relation.oid, column.name) not in found:
                yield relation.oid, column.name


def listed_columns(policy: Policy, catalog: Catalog) -> frozenset[tuple[str, str, str]]:
    """The columns that the policy names, and all of tables that are not loaded: nobody need look into them."""
    return frozenset(
        (relation.schema, relation.name, column.name)
        for relation in catalog.relations
        if (rule := rule_of(catalog, policy, relation))
        for column in catalog.columns.get(relation.oid, ())
        if column.name in rule.columns or rule.strategy != "transform"
    )


def rule_of(catalog: Catalog, policy: Policy, relation: Relation) -> Any:
    """The table's own rule, or that of the nearest partitioned table above it."""
    while True:
        rule = policy.tables.get(named(relation))
        if rule is not None or relation.partition_of is None:
            return rule
        relation = catalog.by_oid[relation.partition_of]


def _either(one: str, other: str) -> str:
    """Both conditions in one."""
    return one if other == one or f"({other})" in one else f"({one}) || ({other})"


def _differ(one: Action, other: Action) -> bool:
    """Whether two rules give one value different fakes; their conditions aside."""
    return one.model_copy(update={"when": None}) != other.model_copy(update={"when": None})


def named(relation: Relation) -> str:
    """The table as the policy names it."""
    return relation_name(relation.schema, relation.name)


def path_of(catalog: Catalog, place: Place) -> tuple[str, ...]:
    """Where in the policy a rule for the column stands, or would."""
    return ("tables", named(catalog.by_oid[place[0]]), "columns", place[1])
