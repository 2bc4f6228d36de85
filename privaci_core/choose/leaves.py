"""Numbers the tables that hold rows, and reads rows' addresses from the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psycopg import sql
from pyroaring import BitMap64

from privaci_core.choose.distinct import distinct
from privaci_core.errors import CopyError
from privaci_core.plan.addresses import LINE_BITS, LINES, Addresses
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.plan.addresses import U64
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.postgres.session import Connection

    # Rows by the number of their table; None: all rows of the table.
    Rows = dict[int, BitMap64 | None]

# In a row's own number its table's number is above the address: 32 bits of blocks, then lines.
LEAF_BITS = 32 + LINE_BITS
IN_LEAF = (1 << LEAF_BITS) - 1
# Eight megabytes.
NODES_TOGETHER = 1_000_000
# A table's oid and a row's address, as COPY's binary form has them, each behind its length.
PLACE = (
    ("length_of_oid", ">i4"),
    ("oid", ">u4"),
    ("length_of_tid", ">i4"),
    ("block", ">u4"),
    ("line", ">u2"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """The tables that hold rows, in the order of the plan; a partition is one."""

    tables: tuple[TablePlan, ...]
    oids: npt.NDArray[np.uint32]
    order: npt.NDArray[np.intp]
    # By the name of a table, a partitioned one or a partition: the numbers of its leaves.
    of: Mapping[str, tuple[int, ...]]
    roots: tuple[str, ...]

    def numbered(self, oids: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """The number of each oid's table; -1 for tables that the copy does not have."""
        places = np.searchsorted(self.oids, oids)
        places = np.minimum(places, len(self.oids) - 1)
        known = self.oids[places] == oids
        return np.where(known, self.order[places], -1).astype(np.int64)


def leaves_of(catalog: Catalog, plan: Plan) -> Leaves:
    """Number the tables of a plan."""
    relations = [catalog.by_name[table.name] for table in plan.tables]
    oids = np.array([relation.oid for relation in relations], np.uint32)
    order = np.argsort(oids)
    of: dict[str, tuple[int, ...]] = {}
    for number, relation in enumerate(relations):
        for above in catalog.lineage(relation):
            of[above.qualified] = (*of.get(above.qualified, ()), number)
    return Leaves(
        tables=plan.tables,
        oids=oids[order],
        order=order,
        of=of,
        roots=tuple(catalog.root(relation).qualified for relation in relations),
    )


def read_nodes(
    source: Connection, leaves: Leaves, query: sql.Composable, width: int
) -> Iterator[tuple[U64, ...]]:
    """Run a query of tables' oids and rows' addresses, and yield rows' own numbers.

    `width` says of how many rows each line of the result tells. Many blocks come together: what
    is done with them takes about as long for a few rows as for many.
    """
    held: list[tuple[U64, ...]] = []
    size = 0
    for nodes in _blocks(source, leaves, query, width):
        held.append(nodes)
        size += len(nodes[0])
        if size >= NODES_TOGETHER:
            yield _joined(held)
            held, size = [], 0
    if size:
        yield _joined(held)


def _joined(blocks: Sequence[tuple[U64, ...]]) -> tuple[U64, ...]:
    return tuple(map(np.concatenate, zip(*blocks, strict=True)))


def _blocks(
    source: Connection, leaves: Leaves, query: sql.Composable, width: int
) -> Iterator[tuple[U64, ...]]:
    """The answer to a query, block by block."""
    fields = [(f"{name}{place}", form) for place in range(width) for name, form in PLACE]
    dtype = np.dtype([("count", ">i2"), *fields])
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    for block in read_rows(source, statement, "binary"):
        rows = np.frombuffer(block.buffer, dtype)
        nodes = [_node(leaves, rows, place) for place in range(width)]
        known = np.logical_and.reduce([node >= 0 for node in nodes])
        yield tuple(node[known].astype(np.uint64) for node in nodes)


def _node(leaves: Leaves, rows: npt.NDArray[np.void], place: int) -> npt.NDArray[np.int64]:
    leaf = leaves.numbered(rows[f"oid{place}"].astype(np.uint32))
    block, line = (rows[f"{name}{place}"].astype(np.int64) for name in ("block", "line"))
    if len(line) and line.max() >= LINES:
        raise CopyError(
            "Choosing the rows of a subset",
            "a table numbers its rows in another way than Postgres's own tables do",
            "Leave `subset` out of the policy, or exclude tables of other access methods.",
        )
    return np.where(leaf < 0, -1, leaf << LEAF_BITS | block << LINE_BITS | line)


def by_leaf(nodes: U64) -> Iterator[tuple[int, BitMap64]]:
    """Rows' own numbers, as addresses by the number of their table."""
    nodes = distinct(nodes)
    tables = (nodes >> np.uint64(LEAF_BITS)).astype(np.int64)
    edges = np.flatnonzero(np.diff(tables)) + 1
    for part in np.split(nodes, edges) if len(nodes) else []:
        yield int(part[0]) >> LEAF_BITS, BitMap64(part & np.uint64(IN_LEAF))


def named(leaf: int, addresses: BitMap64) -> U64:
    """Addresses of one table as rows' own numbers."""
    numbers = np.frombuffer(addresses.to_array(), np.uint64)
    return numbers | np.uint64(leaf << LEAF_BITS)


def rows_named(catalog: Catalog, leaves: Leaves, name: str, rows: Rows) -> sql.Composed:
    """The given rows of a table, to follow FROM; each leaf names its own."""
    relation = catalog.by_name[name]
    parts = [
        _selected(catalog, relation, leaves.tables[leaf], found)
        for leaf, found in sorted(rows.items())
    ]
    return sql.SQL("({})").format(sql.SQL(" UNION ALL ").join(parts))


def all_rows(catalog: Catalog, leaves: Leaves, name: str, *, alone: bool) -> sql.Composable:
    """Every row of a table that its own predicate selects, to follow FROM."""
    relation, numbers = catalog.by_name[name], leaves.of.get(name, ())
    if any(leaves.tables[leaf].condition for leaf in numbers):
        return rows_named(catalog, leaves, name, dict.fromkeys(numbers))
    only = sql.SQL("ONLY {}" if alone and relation.kind == "r" else "{}")
    return only.format(relation.identifier)


def _selected(
    catalog: Catalog, relation: Relation, table: TablePlan, found: BitMap64 | None
) -> sql.Composed:
    names = [column.name for column in catalog.columns.get(relation.oid, ())]
    columns = [sql.SQL("tableoid"), sql.SQL("ctid"), *map(sql.Identifier, names)]
    chosen: Sequence[sql.Composable | None] = [
        None if found is None else Addresses(numbers=found).condition,
        table.condition,
    ]
    where = sql.SQL(" AND ").join([part for part in chosen if part] or [sql.SQL("true")])
    return sql.SQL("SELECT {} FROM ONLY {} WHERE {}").format(
        sql.SQL(", ").join(columns), table.identifier, where
    )
