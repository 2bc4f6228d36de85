"""What a request answers: the rows by their roles, their keys, and the token of their reset."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from privaci_core.catalog.catalog import Catalog, Column
    from privaci_core.testdata.bundle import Row
    from privaci_core.testdata.scenario import Scenario

WHOLE = frozenset({"int2", "int4", "int8", "oid"})
FRACTIONS = frozenset({"float4", "float8", "numeric"})
# JSON has no such numbers.
NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The rows of a run, as its test reads them."""

    request_id: str
    test_run_id: str
    scenario: str
    status: str = READY
    # Role to the values of its row, or to a list of rows; and `<role>_id` to the row's key.
    data: Mapping[str, Any] = field(repr=False)
    # The role, the table and the key of each row.
    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    cleanup_token: str = field(repr=False)
    expires: datetime
    seed: str = field(repr=False)
    # Where the rows are, if the run has a database to itself: without a password.
    database: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON has it, in the shape of the HTTP door."""
        return {
            "request_id": self.request_id,
            "test_run_id": self.test_run_id,
            "scenario": self.scenario,
            "status": self.status,
            "data": dict(self.data),
            "rows": [dict(row) for row in self.rows],
            "cleanup": {
                "cleanup_token": self.cleanup_token,
                "endpoint": f"/test-data/runs/{self.test_run_id}/reset",
            },
            "expires": self.expires.isoformat(),
            "database": self.database,
        }


def data_of(catalog: Catalog, scenario: Scenario, rows: Sequence[Row]) -> dict[str, Any]:
    """The values of every role's rows, and their keys."""
    data: dict[str, Any] = {}
    for role, rule in scenario.rows.items():
        found = [row for row in rows if row.role == role]
        values, keys = [_values(catalog, row) for row in found], [_key(row) for row in found]
        one = rule.count == 1 and len(found) == 1
        data[role] = values[0] if one else values
        data[f"{role}_id"] = keys[0] if one else keys
    return data


def keys_of(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The role, the table and the key of each row."""
    return [
        {"role": row.role, "table": row.table, "key": row.key, "found": row.found} for row in rows
    ]


def _key(row: Row) -> str:
    """A key as text; the parts of a key of several columns are joined."""
    return "/".join(row.key.values())


def _values(catalog: Catalog, row: Row) -> dict[str, Any]:
    oid = catalog.by_name[row.table].oid
    return {
        name: plain(catalog.by_place[oid, name], text)
        for name, text in row.values.items()
        if (oid, name) in catalog.by_place
    }


def plain(column: Column, text: str | None) -> Any:
    """A value as JSON has it: a number, a boolean or a document where the column's type is one."""
    if text is None or column.is_array:
        return text
    kind = column.scalar_type if column.scalar_schema == "pg_catalog" else ""
    if kind in WHOLE:
        return int(text)
    if kind in FRACTIONS:
        return text if text in NO_NUMBERS else float(text)
    if kind == "bool":
        return text in {"t", "true"}
    return json.loads(text) if kind in {"json", "jsonb"} else text
