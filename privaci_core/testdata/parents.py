"""Chooses the rows that new ones refer to by foreign keys, and creates those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from psycopg import sql

from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.free_rows import is_free
from privaci_core.testdata.spelled import identifier, raw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.testdata.bundle import Row
    from privaci_core.testdata.filling import Draft, Filling
    from privaci_core.testdata.table_facts import TableFacts

    # Creates a row of a table, with some of its values given, below some tables.
    CreateParent = Callable[
        [Filling, TableFacts, str, Mapping[str, str | None], tuple[str, ...]], Row
    ]

# Existing rows among which one is chosen.
CHOICE = 100
# How many of them a unique key may refuse before a row is created.
MOST_TRIED = 20


def link(filling: Filling, draft: Draft, create: CreateParent, above: tuple[str, ...]) -> None:
    """Let every foreign key of a new row refer to a row; wide keys decide first."""
    for key in sorted(draft.table.foreign_keys, key=lambda key: (-len(key.columns), key.name)):
        refer(filling, draft, key, create, above)


def refer(
    filling: Filling,
    draft: Draft,
    key: ForeignKey,
    create: CreateParent,
    above: tuple[str, ...],
    attempt: int = 0,
) -> None:
    """Let a foreign key refer to a row, another one at each attempt.

    A key of generated columns refers to what the row's other columns decide: a check looks at it.
    """
    if any(draft.table.columns[name].is_generated for name in key.columns):
        return
    free = [name for name in key.columns if _is_free(draft, name, attempt)]
    pairs = dict(zip(key.columns, key.referenced_columns, strict=True))
    fixed = {pairs[name]: draft.values[name] for name in key.columns if name not in free}
    if not free or any(value is None for value in fixed.values()):
        return
    if key.referenced == key.relation:
        _refer_to_itself(draft, key, free)
        return
    parent = _chosen(filling, draft, key, fixed, attempt)
    if parent is None and (nullable := _nullable(draft, free)):
        draft.values.update(dict.fromkeys(nullable))
        draft.linked.update(nullable)
        return
    if parent is None:
        parent = _created(filling, draft, key, fixed, create, above)
    draft.values.update({name: parent[pairs[name]] for name in free})
    draft.linked.update(free)


def supply(
    filling: Filling,
    draft: Draft,
    key: ForeignKey,
    create: CreateParent,
    above: tuple[str, ...],
) -> None:
    """Create the row that a foreign key of settled values refers to, unless it exists."""
    pairs = zip(key.columns, key.referenced_columns, strict=True)
    fixed = {of: draft.values[name] for name, of in pairs}
    if None not in fixed.values() and _chosen(filling, draft, key, fixed, 0) is None:
        _created(filling, draft, key, fixed, create, above)


def _is_free(draft: Draft, name: str, attempt: int) -> bool:
    return name not in draft.values or (attempt > 0 and name in draft.linked)


def _nullable(draft: Draft, free: list[str]) -> list[str]:
    return [name for name in free if not draft.table.columns[name].column.not_null]


def _refer_to_itself(draft: Draft, key: ForeignKey, free: list[str]) -> None:
    """A new row refers to no other of its table; where it must refer to one, to itself."""
    others = {
        name for other in draft.table.foreign_keys if other is not key for name in other.columns
    }
    nullable = [name for name in _nullable(draft, free) if name not in others]
    if nullable:
        draft.values.update(dict.fromkeys(nullable))
        draft.linked.update(nullable)
        return
    pairs = dict(zip(key.columns, key.referenced_columns, strict=True))
    draft.mirrored.update({name: pairs[name] for name in free if pairs[name] != name})


def _chosen(
    filling: Filling,
    draft: Draft,
    key: ForeignKey,
    fixed: Mapping[str, str | None],
    attempt: int,
) -> Mapping[str, str] | None:
    """An existing row, chosen by the seed; then one of this request; None if all were tried."""
    known = (key.name, key.relation, *sorted(fixed.items()))
    if known not in filling.parents:
        filling.parents[known] = _existing(filling, key, fixed)
    rows = filling.parents[known]
    tried = min(len(rows), MOST_TRIED)
    if attempt >= tried:
        made = _of_request(filling, key, fixed)[attempt - tried :]
        return made[0] if made else None
    place = draft.draw(filling.seed).key(key.name) + attempt
    return dict(zip(key.referenced_columns, rows[place % len(rows)], strict=True))


def _of_request(
    filling: Filling, key: ForeignKey, fixed: Mapping[str, str | None]
) -> list[Mapping[str, str]]:
    """The rows that this request has created and that a key can refer to."""
    found: list[Mapping[str, str]] = []
    for row in filling.rows:
        relation = filling.facts.tables[row.table].relation
        above = {each.oid for each in filling.facts.catalog.lineage(relation)}
        values = {name: row.values.get(name) for name in key.referenced_columns}
        full = {name: value for name, value in values.items() if value is not None}
        fits = len(full) == len(values) and fixed.items() <= full.items()
        if not row.found and key.referenced in above and fits:
            found.append(full)
    return found


def _existing(
    filling: Filling, key: ForeignKey, fixed: Mapping[str, str | None]
) -> list[tuple[str, ...]]:
    """Rows that a key can refer to and that belong to no other run.

    Where a row can be referred to once, these are the last ones: the first have their row.
    """
    table = filling.facts.by_oid[key.referenced]
    once = _refers_once(filling.facts.by_oid[key.relation], key)
    columns = sql.SQL(", ").join(
        sql.SQL("one.{}::pg_catalog.text").format(identifier(name))
        for name in key.referenced_columns
    )
    named = [identifier("one", name) for name in key.referenced_columns]
    conditions = [
        *(sql.SQL("{} IS NOT NULL").format(identifier("one", n)) for n in key.referenced_columns),
        *(
            sql.SQL("{} = (%s::text)::{}").format(
                identifier("one", name), raw(table.columns[name].cast_type)
            )
            for name in fixed
        ),
        is_free(table, filling.taken),
        *([_is_alone(filling.facts.by_oid[key.relation], key)] if once else []),
    ]
    statement = sql.SQL("SELECT {} FROM {} AS one WHERE {} ORDER BY {} LIMIT %s").format(
        columns,
        identifier(table.relation.schema, table.relation.name),
        sql.SQL(" AND ").join(conditions),
        sql.SQL(", ").join(sql.SQL("{} DESC").format(name) for name in named)
        if once
        else sql.SQL(", ").join(named),
    )
    return filling.connection.execute(statement, [*fixed.values(), CHOICE]).fetchall()


def _refers_once(table: TableFacts, key: ForeignKey) -> bool:
    """Whether a unique key lets no two rows refer to the same row."""
    return any(each.is_plain and set(each.columns) <= set(key.columns) for each in table.keys)


def _is_alone(table: TableFacts, key: ForeignKey) -> sql.Composable:
    """A condition on a row `one`: no row refers to it."""
    pairs = zip(key.columns, key.referenced_columns, strict=True)
    return sql.SQL("NOT EXISTS (SELECT FROM {} AS other WHERE {})").format(
        identifier(table.relation.schema, table.relation.name),
        sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(identifier("other", name), identifier("one", of))
            for name, of in pairs
        ),
    )


def _created(
    filling: Filling,
    draft: Draft,
    key: ForeignKey,
    fixed: Mapping[str, str | None],
    create: CreateParent,
    above: tuple[str, ...],
) -> Mapping[str, str]:
    """A new row to refer to; a circle of tables that need one another is refused."""
    table = filling.facts.by_oid[key.referenced]
    path = (*above, draft.table.name)
    if table.name in path:
        _refuse_circle(draft, key, table, path)
    role = f"{draft.role.partition('/')[0]}/{'.'.join([*_names(draft), *key.columns])}"
    row = create(filling, table, role, dict(fixed), path)
    return {name: row.values[name] or "" for name in key.referenced_columns}


def _names(draft: Draft) -> list[str]:
    return [each for each in draft.role.partition("/")[2].split("/") if each]


def _refuse_circle(
    draft: Draft, key: ForeignKey, table: TableFacts, path: tuple[str, ...]
) -> NoReturn:
    edge = f"{draft.table.name}({', '.join(key.columns)}) refers to {table.name}"
    raise SeedFailed(
        f"Creating a row of {path[0]}",
        f"its parents need one another, and none of these columns can be NULL: {edge}",
        "Give a value for that column, or create the rows in the order that the application does"
        " and find them.",
    )
