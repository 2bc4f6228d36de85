"""Reads what columns the target has, and says what each is searched for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.compiled.search import FOR_SURE_ONES
from privaci_core.postgres.names import column_name, table_name
from privaci_core.prove.search.searched_columns import may_keep_its_own, searched_for
from privaci_core.sql import query

if TYPE_CHECKING:
    from typing import Any

    from privaci_core.plan.plan import Plan
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.originals import Originals


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """A column of the target, and what it is searched for."""

    name: str
    type: int
    what: int
    # The masked column whose originals the policy itself may leave in this one.
    own: int = -1
    # Whether the target computes it from others: a generated column, one of a materialized view.
    is_computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable:
    """A table of the target with the columns that hold rows."""

    schema: str
    relation: str
    columns: tuple[TargetColumn, ...]
    materialized: bool
    binary: bool
    estimated_rows: float
    size_bytes: int

    @property
    def name(self) -> str:
        """The table's name as a person reads it."""
        return table_name(self.schema, self.relation)


def target_tables(target: Connection, plan: Plan, originals: Originals) -> list[TargetTable]:
    """Every table of the target, the largest first: all of them in one query."""
    planned = {
        (table.schema, table.relation, column.name): column
        for table in plan.tables
        for column in table.masked
    }
    numbers = {name: number for number, name in enumerate(originals.columns)}
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in target.execute(query("search_columns")).fetchall():
        rows[row[0]].append(row)
    tables = []
    for found in rows.values():
        _, schema, relation, materialized, estimated, size, *_ = found[0]
        columns = []
        for *_, name, type_, computed, _binary in found:
            column = planned.get((schema, relation, name))
            is_computed = materialized or computed
            full_name = column_name(table_name(schema, relation), name)
            keeps = column is not None and may_keep_its_own(column)
            columns.append(
                TargetColumn(
                    name=name,
                    type=type_,
                    what=FOR_SURE_ONES if is_computed else searched_for(column),
                    is_computed=is_computed,
                    own=numbers.get(full_name, -1) if keeps else -1,
                )
            )
        tables.append(
            TargetTable(
                schema=schema,
                relation=relation,
                columns=tuple(columns),
                materialized=materialized,
                binary=all(row[-1] for row in found),
                estimated_rows=estimated,
                size_bytes=size,
            )
        )
    return sorted(tables, key=lambda table: (-table.size_bytes, table.name))
