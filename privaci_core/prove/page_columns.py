"""Works out how a proof's page lists its columns: the masked ones, and the copied ones by why.

All of it is optional: proofs of earlier versions are drawn as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.names import column_name, visible
from privaci_core.prove.page_figures import unquoted

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

# In the order of the page: first what a person should look at.
REASONS = ("unreviewed", "weak_sign", "not_examined", "untold", "policy", "no_sign", "generated")
UNTOLD, UNREVIEWED = "untold", "unreviewed"
SHORT_KINDS = {
    "dob": "date of birth",
    "iban": "IBAN",
    "ip_address": "IP address",
    "mac_address": "MAC address",
    "ssn": "social security number",
    "tax_id": "tax number",
    "url": "URL",
}
RULES = {
    "rule": "the policy names the column",
    "inherited by key": "a key links it to a masked column",
    "unlisted": "the policy masks what it does not name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """One masked column, and what its ledger counted."""

    name: str
    type: str
    kind: str
    action: str
    rule: str
    # How many values the mask changed, and how many it kept and why; None without a ledger.
    changed: int | None
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedColumns:
    """The columns that are copied for one reason, by table."""

    why: str
    count: int
    tables: tuple[tuple[str, tuple[CopiedColumn, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedColumn:
    """One copied column; `note` is what else the plan says of it."""

    name: str
    note: str


def masked_columns(content: Mapping[str, Any]) -> tuple[MaskedColumn, ...]:
    """Every masked column, by table, with what happened to its values."""
    ledgers = {table["name"]: table.get("ledger") for table in content["tables"]}
    return tuple(
        _masked(column, ledgers.get(column["table"]))
        for column in content["columns"]
        if column["type"] and column["action"] != "passthrough"
    )


def copied_columns(
    columns: Iterable[Mapping[str, str]], unreviewed: Container[str]
) -> tuple[CopiedColumns, ...]:
    """Every copied column, by the reason for which it may be."""
    found: dict[str, dict[str, list[CopiedColumn]]] = {why: {} for why in REASONS}
    for column in columns:
        if column["type"] and column["action"] == "passthrough":
            named = unquoted(column_name(column["table"], column["column"]))
            why = UNREVIEWED if named in unreviewed else _why(column)
            _, _, note = column["reason"].partition("; ")
            one = CopiedColumn(name=visible(column["column"]), note=note)
            found.setdefault(why, {}).setdefault(column["table"], []).append(one)
    return tuple(
        CopiedColumns(
            why=why,
            count=sum(map(len, tables.values())),
            tables=tuple((table, tuple(names)) for table, names in tables.items()),
        )
        for why, tables in found.items()
        if tables
    )


def without_rows(columns: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """The tables of which no row was copied, and whether the target has them at all."""
    return tuple((line["table"], line["action"]) for line in columns if not line["type"])


def _masked(column: Mapping[str, str], ledger: Mapping[str, Any] | None) -> MaskedColumn:
    counted = ledger["columns"].get(column["column"]) if ledger else None
    stayed = sorted(counted.get("stayed", {}).items()) if counted else []
    return MaskedColumn(
        name=f"{column['table']}.{visible(column['column'])}",
        type=column["type"],
        kind=_kind(column.get("kind", "")),
        action=column["action"],
        rule=_rule(column["reason"]),
        changed=counted.get("changed", 0) if counted else None,
        kept=", ".join(f"{count:,} {reason}" for reason, count in stayed),
    )


def _kind(kind: str) -> str:
    return SHORT_KINDS.get(kind, kind.replace("_", " "))


def _rule(reason: str) -> str:
    """What decided about a column: a plan's first words are too short for a reader of the page."""
    first = next((first for first in RULES if reason.startswith(first)), "")
    return RULES.get(first, "") + reason.removeprefix(first)


def _why(column: Mapping[str, str]) -> str:
    """Why a column may be copied, as the proof says; earlier ones said it of some alone."""
    if "copied_because" in column:
        return column["copied_because"]
    return "generated" if column["reason"].startswith("generated") else UNTOLD
