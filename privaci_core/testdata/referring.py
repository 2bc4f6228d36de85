"""Says which column of a role's table a reference to that role means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.testdata.table_facts import TableFacts
    from privaci_core.testdata.target_facts import TargetFacts


def keys_between(facts: TargetFacts, table: TableFacts, other: TableFacts) -> Iterator[ForeignKey]:
    """The foreign keys of a table that refer to another one, or to what it is a partition of."""
    above = {each.oid for each in facts.catalog.lineage(other.relation)}
    return (key for key in table.foreign_keys if key.referenced in above)


def meant(
    facts: TargetFacts, table: TableFacts, column: str, other: TableFacts
) -> tuple[str | None, dict[str, str]]:
    """The column of the other table that a column refers to by itself, and its key's other pairs.

    None if no foreign key and no primary key of one column says which.
    """
    for key in keys_between(facts, table, other):
        pairs = dict(zip(key.columns, key.referenced_columns, strict=True))
        if column in pairs:
            return pairs.pop(column), pairs
    single = other.row_key[0] if len(other.row_key) == 1 else None
    return single, {}
