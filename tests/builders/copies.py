"""Builds plans and copies without a server: what a test does not name has a usual value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql
from pydantic import TypeAdapter

from privaci_core.catalog.catalog import Catalog, Column, Key, Relation
from privaci_core.loading.copy import Copy
from privaci_core.loading.worker import Ends
from privaci_core.masks import Keys, Shape
from privaci_core.plan.chunks import Chunk
from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan, plan_copy
from privaci_core.policy import Action, parse_policy
from privaci_core.target.unfinished import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = parse_policy(
    'version: "1.0"\nauto_detect: false\n'
    "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
)
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
SOURCE = "host=source.example.test dbname=shop password=not-to-be-printed"
TARGET = "host=target.example.test dbname=shop password=not-to-be-printed"


def action(name: str, **fields: Any) -> Action:
    """An action of a policy."""
    return ACTIONS.validate_python({"action": name, **fields})


def relation(oid: int, name: str, **more: Any) -> Relation:
    """A small plain table."""
    usual: dict[str, Any] = {
        "schema": "public",
        "kind": "r",
        "persistence": "p",
        "partition_of": None,
        "partition_key": None,
        "partition_bound": None,
        "inherits": (),
        "row_security": False,
        "estimated_rows": 10,
        "heap_bytes": 8192,
        "toast_bytes": 0,
        "triggers": 0,
        "comment": None,
    }
    return Relation(oid=oid, name=name, **(usual | more))


def column(name: str, of_type: str = "text", *, number: int = 1, **more: Any) -> Column:
    """A column of a built-in type."""
    usual: dict[str, Any] = {
        "relation": 1,
        "type": of_type,
        "base_schema": "pg_catalog",
        "base_type": of_type,
        "scalar_schema": "pg_catalog",
        "scalar_type": of_type,
        "scalar_kind": "b",
        "is_array": False,
        "is_domain": False,
        "modifier": -1,
        "not_null": False,
        "has_default": False,
        "identity": "",
        "generated": "",
        "binary": True,
        "comment": None,
    }
    return Column(name=name, number=number, **(usual | more))


def catalog_of(*relations: Relation, **more: Any) -> Catalog:
    """A catalog of these relations; the first has an `id` and an `email`."""
    person = Key(
        relation=1,
        name="person_pkey",
        is_primary=True,
        columns=("id",),
        expression_columns=(),
        expressions=None,
        predicate=None,
    )
    usual: dict[str, Any] = {
        "columns": {1: (column("id", "integer"), column("email", number=2))},
        "keys": {1: (person,)},
        "foreign_keys": (),
        "checks": {},
        "enums": {},
    }
    found = relations or (relation(1, "person"),)
    return Catalog(server_version=170000, encoding="UTF8", relations=found, **(usual | more))


def masked(name: str, what: Action, **more: Any) -> ColumnPlan:
    """A masked column of type text."""
    usual: dict[str, Any] = {"shape": Shape(), "reason": "rule", "wire_type": "text"}
    return ColumnPlan(name=name, action=what, **(usual | more))


def table_plan(
    *columns: ColumnPlan, name: str = "person", key: Sequence[Column] = (), **more: Any
) -> TablePlan:
    """The plan of a table whose masked columns these are."""
    usual: dict[str, Any] = {
        "schema": "public",
        "relation": name,
        "read": (),
        "carried": (),
        "format": "binary",
        "where": None,
        "block_rows": None,
        "size_bytes": 8192,
        "into": sql.Identifier("public", name),
    }
    return TablePlan(masked=columns, key=tuple(key), **(usual | more))


def chunks(count: int) -> tuple[Chunk, ...]:
    """So many chunks of a table."""
    return tuple(Chunk(number=number, of=count, where=None) for number in range(count))


def copy_of(catalog: Catalog | None = None, plan: Plan | None = None, **more: Any) -> Copy:
    """A copy of the catalog, planned by the policy above."""
    catalog = catalog or catalog_of()
    usual: dict[str, Any] = {
        "ends": Ends(source=SOURCE, target=TARGET, snapshot="00000003-1B", keys=KEYS),
        "live": TARGET,
        "policy": POLICY,
        "mark": Mark(refresh="monday", fingerprint="f", run="first"),
    }
    plan = plan or plan_copy(catalog, POLICY)
    return Copy(catalog=catalog, plan=plan, **(usual | more))
