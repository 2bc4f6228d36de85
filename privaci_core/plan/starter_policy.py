"""Writes a policy to start from: what detection would mask, and what a person must decide."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from privaci_core.detect.choose_mask import mask_of_kind
from privaci_core.plan.starter_relations import starter_relations
from privaci_core.plan.text_costs import PAYABLE_SECONDS, about
from privaci_core.policy import NerMask, relation_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.soft_references import SoftReference
    from privaci_core.plan.text_costs import Costs
    from privaci_core.policy import Action

HEAD = """\
# What may be seen of this database in a copy.
# Written by `privaci init` from the names, types and samples of {tables} tables.
# Rules without a # mask columns that surely hold personal data; decide about the others.
# A rule on a referenced column also masks every column that refers to it by a foreign key.
# Every key and every action: docs/reference/policy.md and docs/reference/masks.md.
version: "1.0"

# A salt of 32 characters or more, as secret as a password: `privaci gen-salt` makes one.
global_salt: ${{ANONYMIZATION_SALT}}

# The copy is loaded and proved beside the target, and then takes its place, for which the target's
# user needs CREATEDB. In place: drop_create, truncate, or fail if the target holds rows.
on_existing_data: swap

# A column that is added later and surely looks personal is masked. With true here it is refused
# until it is listed; `unlisted: deny` refuses every column that is not listed.
strict_autodetect: false
"""
# Suggestions for kinds that no mask of one value suits.
SUGGESTED = {
    "free_text": "{action: ner_mask}",
    "document": "{action: json, default: redact}",
    # Whether the values may stay is what only a person knows; a mask is the other answer.
    "originals": "{action: passthrough}",
}

# Replaces a text that a model would read for too long.
UNREAD = '{action: static, value: ""}'

# Table and column, both as the policy names them, and the line of the rule.
TableLine = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a first policy takes into account beside the plan."""

    # Whether a language model is installed, and how long it would take for each free text.
    reads_text: bool
    costs: Costs = field(default_factory=dict)
    # References without a foreign key, and those that are comments although values prove them.
    references: tuple[SoftReference, ...] = ()
    declined: frozenset[SoftReference] = frozenset()


def starter(plan: Plan, catalog: Catalog, beside: Surroundings) -> str:
    """The text of a policy that does what the plan does, within its means."""
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, line in (*_masked(plan, catalog, beside), *_suggested(plan, beside)):
        lines[table][column] = line
    head = HEAD.format(tables=len({catalog.root(table).oid for table in catalog.tables}))
    head += starter_relations(plan, catalog, beside.references, beside.declined)
    if not lines:
        return head
    return f"{head}\ntables:\n" + "\n".join(_table(*item) for item in sorted(lines.items()))


def _masked(plan: Plan, catalog: Catalog, beside: Surroundings) -> Iterator[TableLine]:
    """Rules for the columns that detection masks."""
    for table in plan.tables:
        root = catalog.root(catalog.by_name[table.name])
        for column in table.masked:
            if column.reason == "detected":
                name = relation_name(root.schema, root.name)
                reason = _one_line(column.evidence)
                seconds = beside.costs.get((name, column.name), 0)
                rule = f"{_shown(column.action)}  # {reason}"
                if isinstance(column.action, NerMask) and seconds > PAYABLE_SECONDS:
                    rule = f"{UNREAD}  # ner_mask would take {about(seconds)}; {reason}"
                yield name, column.name, f"      {_flow(column.name)}: {rule}"


def _suggested(plan: Plan, beside: Surroundings) -> Iterator[TableLine]:
    """Rules for the columns that may be personal, most of them as comments."""
    for table, column, suspicion in plan.suspected:
        # Free text often names people, and a model can find the names.
        certain = suspicion.kind == "free_text" and beside.reads_text
        mark = "" if certain else "# "
        rule = _suggestion(suspicion, beside.costs.get((table, column)))
        yield table, column, f"      {mark}{_flow(column)}: {rule}"


def _suggestion(suspicion: Suspicion, seconds: float | None) -> str:
    """A rule with its reason; where a model would take too long, a text is not copied at all."""
    action, cost = SUGGESTED.get(suspicion.kind) or _shown(mask_of_kind(suspicion.kind)), ""
    if seconds is not None:
        payable = seconds <= PAYABLE_SECONDS
        action = action if payable else UNREAD
        cost = f"{about(seconds)}; " if payable else f"ner_mask would take {about(seconds)}; "
    reason = _one_line(suspicion.evidence)
    return f"{action}  # {cost}{suspicion.confidence}, {suspicion.kind}: {reason}"


def _one_line(evidence: str) -> str:
    """Evidence names keys of documents, which may hold line breaks."""
    return " ".join(evidence.split())


def _table(name: str, columns: dict[str, str]) -> str:
    """A table's rules; where all of them are comments, the table is one too."""
    rules = [line for line in columns.values() if not line.lstrip().startswith("#")]
    mark = "" if rules else "# "
    return "\n".join([f"  {mark}{_flow(name)}:", f"    {mark}columns:", *columns.values(), ""])


def _shown(action: Action) -> str:
    return _flow(_ordered(action.model_dump(exclude_defaults=True, mode="json")))


def _ordered(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as people write it, the action first, in the paths of a document too."""
    paths = {path: _ordered(below) for path, below in rule.get("paths", {}).items()}
    return {"action": rule["action"]} | rule | ({"paths": paths} if paths else {})


def _flow(value: object) -> str:
    """A value as YAML writes it on one line."""
    text = _dumped(value)
    # Only in double quotes does a name with a line break stay on one line.
    return _dumped(value, '"') if "\n" in text else text


def _dumped(value: object, style: str | None = None) -> str:
    text = yaml.safe_dump(
        value,
        default_flow_style=True,
        default_style=style,
        width=math.inf,
        sort_keys=False,
        allow_unicode=True,
    )
    return text.removesuffix("\n").removesuffix("\n...")
