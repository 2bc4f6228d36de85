"""Writes the statements that an archive's objects need beside their own: methods, owners, drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.ddl.archive import Item

# Objects whose owner is named by their kind and their name.
OWNED_BY_NAME = frozenset(
    {
        "COLLATION",
        "CONVERSION",
        "DOMAIN",
        "EVENT TRIGGER",
        "FOREIGN DATA WRAPPER",
        "FOREIGN TABLE",
        "MATERIALIZED VIEW",
        "PROCEDURAL LANGUAGE",
        "PUBLICATION",
        "SCHEMA",
        "SEQUENCE",
        "SERVER",
        "STATISTICS",
        "TABLE",
        "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY",
        "TYPE",
        "VIEW",
    }
)
# Objects whose name has arguments: the statement that drops them has it whole.
OWNED_BY_SIGNATURE = frozenset(
    {"AGGREGATE", "FUNCTION", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "PROCEDURE"}
)
CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT"})
PARTITIONED = "p"
# Sessions that create objects are set to it.
DEFAULT_METHOD = "heap"


def creation(item: Item) -> str:
    """The statements that make an object, with the access method of a table's rows."""
    own = item.sql.strip()
    if item.method in {"", DEFAULT_METHOD}:
        return own
    if item.relation == PARTITIONED:
        table = sql.Identifier(item.schema, item.tag)
        alter = sql.SQL("ALTER TABLE {} SET ACCESS METHOD {};")
        return f"{own}\n{alter.format(table, sql.Identifier(item.method)).as_string()}"
    use = sql.SQL("SET default_table_access_method = {};")
    before, after = (
        use.format(sql.Identifier(method)).as_string() for method in (item.method, DEFAULT_METHOD)
    )
    return f"{before}\n{own}\n{after}"


def ownership(item: Item) -> str:
    """The statement that gives an object its owner; empty for what has none of its own."""
    if not item.owner or not item.drop:
        return ""
    if item.kind in OWNED_BY_SIGNATURE:
        named = item.drop.strip().removesuffix(";").removeprefix("DROP ")
    elif item.kind in OWNED_BY_NAME:
        names = (item.schema, item.tag) if item.schema else (item.tag,)
        named = f"{item.kind} {sql.Identifier(*names).as_string()}"
    else:
        return ""
    return f"ALTER {named} OWNER TO {sql.Identifier(item.owner).as_string()};"


def drops_of(items: Iterable[Item]) -> Iterator[str]:
    """What drops the objects of the last section, those first that were made last."""
    for item in reversed([item for item in items if item.section == "post-data"]):
        drop = item.drop.strip()
        if drop.startswith("DROP "):
            yield _if_exists(drop, f"DROP {item.kind}")
        elif drop.startswith(("ALTER TABLE ", "ALTER DOMAIN ")):
            kept = _if_exists(drop, "ALTER TABLE")
            yield _if_exists(kept, " DROP CONSTRAINT") if item.kind in CONSTRAINTS else kept


def _if_exists(drop: str, after: str) -> str:
    """The drop, which does nothing where an earlier one took the object along."""
    return drop.replace(after, f"{after} IF EXISTS", 1)
