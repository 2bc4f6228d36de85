"""Plans the measuring of risk: the columns of each table that together could tell a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.detect.name_verdict import judge_name
from privaci_core.plan.inputs import policy_name
from privaci_core.plan.rules import tables_by_name
from privaci_core.policy import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Finding
    from privaci_core.policy.risk import Risk

# Kinds of personal data that many people share, so that only several of them tell one.
SHARED_KINDS = frozenset({"dob", "city", "postcode"})
# What groups people, and is no kind of its own.
GROUPS = frozenset({
    "gender", "sex", "nationality", "citizenship", "ethnicity", "race", "religion",
    "marital_status", "civil_status", "occupation", "profession", "job_title", "education",
    "birth_year", "year_of_birth", "birth_place", "birthplace", "age", "country",
})  # fmt: skip
# One column that people share tells little.
FEWEST_GUESSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTable:
    """A table whose rows are measured, by which columns."""

    table: str
    columns: tuple[str, ...]
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPlan:
    """What is measured, and how many rows must look alike."""

    tables: tuple[RiskTable, ...]
    k: int | None = None
    l: int | None = None  # noqa: E741 - l-diversity is known by this letter
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRisk:
    """The measuring that a policy asks for, if it asks for one."""

    risk: RiskPlan | None = None
    findings: tuple[Finding, ...] = ()


def plan_risk(inputs: Inputs, rules: Rules) -> PlannedRisk:
    """Plan what a policy wants to be measured; names that the source lacks become findings."""
    risk = inputs.policy.risk
    if risk is None:
        return PlannedRisk()
    findings = tuple(_findings(inputs, rules, risk))
    if findings:
        return PlannedRisk(findings=findings)
    named = tuple(_named(inputs.catalog, risk)) or tuple(_guessed(inputs.catalog, rules))
    guessed = not risk.quasi_identifiers
    return PlannedRisk(risk=RiskPlan(tables=named, k=risk.k, l=risk.l, guessed=guessed))


def _named(catalog: Catalog, risk: Risk) -> Iterator[RiskTable]:
    tables = tables_by_name(catalog)
    for name, columns in risk.quasi_identifiers.items():
        sensitive = risk.sensitive.get(name, ())
        yield RiskTable(table=tables[name].qualified, columns=columns, sensitive=sensitive)


def _guessed(catalog: Catalog, rules: Rules) -> Iterator[RiskTable]:
    for relation in catalog.roots:
        if relation.oid in rules.excluded | rules.empty:
            continue
        columns = tuple(
            column.name
            for column in catalog.columns.get(relation.oid, ())
            if _is_shared(column.name, column.scalar_type)
        )
        if len(columns) >= FEWEST_GUESSED:
            yield RiskTable(table=relation.qualified, columns=columns)


def _is_shared(name: str, type_name: str) -> bool:
    """Whether a column seems to hold what many people have in common."""
    found = judge_name(name, type_name)
    return name.lower() in GROUPS or (found is not None and found.kind in SHARED_KINDS)


def _findings(inputs: Inputs, rules: Rules, risk: Risk) -> Iterator[Finding]:
    named = {"quasi_identifiers": risk.quasi_identifiers, "sensitive": risk.sensitive}
    for key, tables in named.items():
        for name, columns in tables.items():
            for number, reason, remedy in _unfit(inputs.catalog, rules, name, columns):
                path = (key, name) if number is None else (key, name, number)
                yield inputs.policy.finding("risk", *path, reason=reason, remedy=remedy)


def _unfit(
    catalog: Catalog, rules: Rules, name: str, columns: tuple[str, ...]
) -> Iterator[tuple[int | None, str, str]]:
    """What cannot be measured: which of the columns, if one; why; what to do."""
    tables = tables_by_name(catalog)
    relation = tables.get(name)
    if relation is None:
        yield None, "the source has no such table", suggest(name, tables)
    elif relation.partition_of is not None:
        root = policy_name(catalog.root(relation))
        yield None, f"the table is a partition of {root}", f"Name {root}."
    elif relation.oid in rules.excluded | rules.empty:
        yield None, "the policy copies no row of it", "Leave the table out of `risk`."
    else:
        yield from _unknown(catalog, relation, columns)


def _unknown(
    catalog: Catalog, relation: Relation, columns: tuple[str, ...]
) -> Iterator[tuple[int, str, str]]:
    known = [column.name for column in catalog.columns.get(relation.oid, ())]
    for number, column in enumerate(columns):
        if column not in known:
            yield number, f"the table has no column {column}", suggest(column, known)
