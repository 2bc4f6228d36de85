"""Says what in the policy would make a subset smaller, and by how many rows at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.choose.ways import joined_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.shares import Share
    from privaci_core.choose.ways import Way
    from privaci_core.plan.subset import Edge, SubsetPlan

# What brought less than this share of all rows is not worth a sentence, nor is a fourth one.
LEAST, MOST_SENTENCES = 0.05, 3


def advice_on(
    catalog: Catalog, subset: SubsetPlan, tables: Sequence[Share], ways: Sequence[Way]
) -> tuple[str, ...]:
    """The choices that matter most, those of the most rows first."""
    least = LEAST * sum(table.rows for table in tables)
    found = [*_of_starts(ways), *_of_children(subset, ways), *_of_parents(catalog, subset, ways)]
    found += [*_of_the_rest(subset, tables), *_of_whole_tables(subset, tables)]
    worth = sorted((each for each in found if each[0] > least), key=lambda each: -each[0])
    return tuple(sentence for _, sentence in worth[:MOST_SENTENCES])


def _of_starts(ways: Sequence[Way]) -> Iterator[tuple[int, str]]:
    for way in ways:
        if way.how == "start":
            yield way.rows, f"Start from fewer rows of {way.end}: a `where`, `percent` or `rows`."


def _of_children(subset: SubsetPlan, ways: Sequence[Way]) -> Iterator[tuple[int, str]]:
    """One sentence for all children in a table, whatever brings them."""
    some = {edge.child: edge.per_parent for edge in subset.edges if edge.per_parent}
    brought: dict[str, int] = {}
    for way in ways:
        if way.how == "children":
            brought[way.end] = brought.get(way.end, 0) + way.rows
    for table, rows in brought.items():
        fewer = f"`children: {{ {table}: {{ per_parent: 10 }} }}` takes ten for each parent at most"
        if table in some:
            fewer = f"A `per_parent` below {some[table]} takes fewer of {table}"
        yield rows, f"{fewer}; `none` leaves out {_rows(rows)} that came as children, and theirs."


def _of_parents(
    catalog: Catalog, subset: SubsetPlan, ways: Sequence[Way]
) -> Iterator[tuple[int, str]]:
    edges = {joined_name(catalog, edge): edge for edge in subset.edges}
    for way in ways:
        edge = edges.get(way.name)
        column = _nullable(catalog, edge) if edge is not None and way.how == "parents" else None
        if column is not None:
            cut = f'`parents: {{ {way.begin}.{column}: "null" }}` sets that reference to NULL'
            yield way.rows, f"{cut}; it brings {_rows(way.rows)} of {way.end}, and their parents."


def _nullable(catalog: Catalog, edge: Edge) -> str | None:
    """A column of the child that can become NULL."""
    oid = catalog.by_name[edge.child].oid
    columns = [catalog.by_place[oid, name] for name in edge.columns]
    if edge.match_full and any(column.not_null for column in columns):
        return None
    able = (column.name for column in columns if not column.not_null and not column.generated)
    return next(able, None)


def _of_the_rest(subset: SubsetPlan, tables: Sequence[Share]) -> Iterator[tuple[int, str]]:
    untied = [table for table in tables if table.table in subset.untied - subset.whole]
    rows = sum(table.rows for table in untied)
    if rows and not subset.empty:
        many = f"{len(untied)} tables" if len(untied) > 1 else untied[0].table
        yield rows, f"`rest: empty` leaves out {rows:,} rows of {many}: no reference ties them."


def _of_whole_tables(subset: SubsetPlan, tables: Sequence[Share]) -> Iterator[tuple[int, str]]:
    for table in tables:
        if table.table in subset.whole:
            fewer = f"{table.table} has only the rows that others refer to"
            yield table.rows, f"Without `whole`, {fewer}, not all {table.rows:,}."


def _rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
