"""Says of a table's asset what the policy masks of it, where that is written, of which kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.detect.suspect import kinds_by_name
from privaci_core.errors import PrivaciError
from privaci_core.plan.markdown import code, plain
from privaci_core.policy import Passthrough, Policy, load_policy, relation_name
from privaci_dagster.beta import without_beta_warning

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_core.catalog.lock_file import LockedTable
    from privaci_core.policy import TableRule

# A tag of a table's asset for each kind of personal data that its columns are named after.
KIND_TAG = "privaci/personal"
MOST_COLUMNS = 12
STRATEGIES = {
    "exclude": "The policy leaves it out of the target.",
    "empty": "The policy creates it and copies none of its rows.",
    "truncate": "The policy creates it and copies none of its rows.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNotes:
    """What the policy file says of tables; nothing if it cannot be read."""

    path: Path
    policy: Policy | None

    @staticmethod
    def of(path: Path) -> TableNotes:
        """The notes of a policy file; a run says what is wrong with one, not the graph."""
        try:
            return TableNotes(path=path, policy=load_policy(path))
        except PrivaciError:
            return TableNotes(path=path, policy=None)

    def description(self, table: LockedTable) -> str:
        """What a person wants to know of the table in the target, in Markdown."""
        lines = [f"The table {plain(table.qualified)} in the target."]
        rule = self._rule(table)
        if rule is not None and rule.strategy in STRATEGIES:
            return f"{lines[0]} {STRATEGIES[rule.strategy]}"
        masked = _masked(rule) if rule else {}
        if masked:
            shown = [f"{code(name)} ({what})" for name, what in masked.items()][:MOST_COLUMNS]
            more = len(masked) - len(shown)
            tail = f" and {more} more" if more > 0 else ""
            lines.append(f"The policy masks {', '.join(shown)}{tail}.")
        if self.policy is not None and self.policy.auto_detect:
            lines.append("Columns without a rule that surely hold personal data are masked too.")
        if rule is not None and rule.where is not None:
            lines.append("Only the rows that its `where` selects are copied.")
        lines.append("The column schema of its last materialization says what masks which column.")
        return " ".join(lines)

    def metadata(self, table: LockedTable) -> dict[str, Any]:
        """Where the policy file speaks of the table."""
        line = self._line(table)
        if line is None:
            return {}
        path, label = str(self.path.absolute()), "its rule in the policy"
        with without_beta_warning():
            place = dg.LocalFileCodeReference(file_path=path, line_number=line, label=label)
            places = dg.CodeReferencesMetadataValue(code_references=[place])
        return {"dagster/code_references": places}

    def tags(self, table: LockedTable) -> dict[str, str]:
        """A tag for each kind of personal data that the table's columns are named after."""
        return {f"{KIND_TAG}-{kind}": "" for kind in sorted(kinds_by_name(table.columns))}

    def _rule(self, table: LockedTable) -> TableRule | None:
        if self.policy is None:
            return None
        return self.policy.tables.get(relation_name(table.schema, table.name))

    def _line(self, table: LockedTable) -> int | None:
        if self.policy is None or self._rule(table) is None:
            return None
        return self.policy.line_of("tables", relation_name(table.schema, table.name))


def _masked(rule: TableRule) -> dict[str, str]:
    """The masked columns of a rule, each with its action."""
    return {
        name: " ".join(filter(None, (action.action, getattr(action, "provider", None))))
        for name, action in rule.columns.items()
        if not isinstance(action, Passthrough)
    }
