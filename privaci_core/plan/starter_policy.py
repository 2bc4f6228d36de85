"""Writes a policy to start from: what was found to be personal with what masks it, and what a person must look at."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import yaml

from privaci_core.policy import relation_name

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Action

HEAD = """\
# What of this database may be seen in a copy. Written by `privaci init` from {tables} tables: names, types, samples.
# Lines that count stand for columns that surely hold something about people; the others are for you to decide about.
# Foreign keys follow by themselves: a rule on a referenced column holds for every column that refers to it.
# Every key and every action: docs/reference/policy.md and docs/reference/masks.md.
version: "1.0"

# A salt of 32 characters or more, kept like a password: `privaci gen-salt` makes one.
global_salt: ${{ANONYMIZATION_SALT}}

# A target that has rows: fail, truncate, drop_create, or swap (load beside it, prove, then put it in its place).
on_existing_data: fail

# A column that is added later and looks personal is masked where that is sure. To have it refused until somebody
# has listed it, say true here; to refuse every column that is not listed, say `unlisted: deny`.
strict_autodetect: false
"""
# What a person may want for what is not sure.
SUGGESTED = {"free_text": "{action: ner_mask}", "document": "{action: json, default: redact}"}


def starter(plan: Plan, catalog: Catalog, *, reads_text: bool) -> str:
    """The text of a policy file that does what the plan does, and says why; `reads_text` where a model is installed."""
    roots = {
        (relation.schema, relation.name): catalog.root(relation) for relation in catalog.tables
    }
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for table in plan.tables:
        root = roots[table.schema, table.relation]
        for column in table.masked:
            if column.reason == "detected":
                rule = f"      {_flow(column.name)}: {_shown(column.action)}"
                lines[relation_name(root.schema, root.name)][column.name] = (
                    f"{rule}  # {column.evidence}"
                )
    for table_name, column_name, suspicion in plan.suspected:
        action = SUGGESTED.get(suspicion.kind, f"{{action: fake, provider: {suspicion.kind}}}")
        comment = f"{suspicion.confidence}, {suspicion.kind}: {suspicion.evidence}"
        # Text that people wrote names people: it is masked until somebody says otherwise, if anything can do it here.
        mark = "" if suspicion.kind == "free_text" and reads_text else "# "
        lines[table_name][column_name] = f"      {mark}{_flow(column_name)}: {action}  # {comment}"
    head = HEAD.format(tables=len({root.oid for root in roots.values()}))
    return head + (
        "\ntables:\n" + "\n".join(_table(*item) for item in sorted(lines.items())) if lines else ""
    )


def _table(name: str, columns: dict[str, str]) -> str:
    """A table's rules; where all are for a person to decide about, the table is a comment as well."""
    sure = [line for line in columns.values() if not line.lstrip().startswith("#")]
    mark = "" if sure else "# "
    return "\n".join([f"  {mark}{_flow(name)}:", f"    {mark}columns:", *columns.values(), ""])


def _shown(action: Action) -> str:
    return _flow(_ordered(action.model_dump(exclude_defaults=True, mode="json")))


def _ordered(rule: dict[str, Any]) -> dict[str, Any]:
    """The action first, as people write it, inside documents too."""
    paths = {path: _ordered(below) for path, below in rule.get("paths", {}).items()}
    return {"action": rule["action"]} | rule | ({"paths": paths} if paths else {})


def _flow(value: object) -> str:
    """A value as YAML writes it on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
