"""Builds plans and copies without a server: what a test does not name has a usual value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builders.catalogs import catalog, table
from psycopg import sql
from pydantic import TypeAdapter

from privaci_core.loading.copy import Copy
from privaci_core.loading.hidden_names import HiddenNames
from privaci_core.loading.worker import Ends
from privaci_core.masks import Keys, Shape
from privaci_core.plan.chunks import Chunk
from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import Action, parse_policy
from privaci_core.target.unfinished import Unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.catalog import Catalog, Column

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = parse_policy(
    'version: "1.0"\nauto_detect: false\n'
    "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
)
PERSON = table("public.person", "id integer key", "email text")
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
# Of a database without people; its session is never asked.
NOBODY: Any = None
NO_NAMES = HiddenNames(NOBODY, ())
SOURCE = "host=source.example.test dbname=shop password=not-to-be-printed"
TARGET = "host=target.example.test dbname=shop password=not-to-be-printed"


def action(name: str, **fields: Any) -> Action:
    """An action of a policy."""
    return ACTIONS.validate_python({"action": name, **fields})


def columns(*texts: str) -> tuple[Column, ...]:
    """Columns, as the builder of catalogs notes them down: `id int4`."""
    return catalog(table("public.any", *texts)).columns[1]


def masked(name: str, what: Action, **more: Any) -> ColumnPlan:
    """A masked column of type text."""
    usual: dict[str, Any] = {"shape": Shape(), "reason": "rule", "wire_type": "text"}
    return ColumnPlan(name=name, action=what, **(usual | more))


def table_plan(
    *masked_columns: ColumnPlan, name: str = "person", key: Sequence[Column] = (), **more: Any
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
    return TablePlan(masked=masked_columns, key=tuple(key), **(usual | more))


def chunks(count: int) -> tuple[Chunk, ...]:
    """So many chunks of a table."""
    return tuple(Chunk(number=number, of=count, where=None) for number in range(count))


def copy_of(source: Catalog | None = None, plan: Plan | None = None, **more: Any) -> Copy:
    """A copy of a database, planned by the policy above."""
    source = source or catalog(PERSON)
    usual: dict[str, Any] = {
        "ends": Ends(source=SOURCE, target=TARGET, snapshot="00000003-1B", keys=KEYS),
        "live": TARGET,
        "policy": POLICY,
        "mark": Unfinished(refresh="monday", fingerprint="f", run="first"),
    }
    plan = plan or plan_copy(source, POLICY)
    return Copy(catalog=source, plan=plan, **(usual | more))
