"""Closes a set of rows as people do it by hand: temporary tables, and every key in every round."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.plan.addresses import Addresses

KEY_COLUMNS = {"country": ("code",), "purchase_line": ("purchase", "line")}


def closed_naively(
    source: str, starts: Addresses | None, references: Mapping[str, str]
) -> tuple[int, float]:
    """How many rows belong to the start rows, and the seconds that it took to find them."""
    tables = sorted({each.split("(")[0] for each in references} | set(references.values()))
    begun = time.perf_counter()
    with psycopg.connect(source) as connection:
        for table in tables:
            connection.execute(f"CREATE TEMPORARY TABLE kept_{table} (place tid UNIQUE)".encode())
        for block, line in starts or ():
            connection.execute("INSERT INTO kept_org VALUES (%s::tid)", [f"({block},{line})"])
        for way in ("children", "parents"):
            while sum(_add(connection, way, *each) for each in references.items()):
                pass
        counts = " + ".join(f"(SELECT count(*) FROM kept_{table})" for table in tables)
        ((count,),) = connection.execute(f"SELECT {counts}".encode()).fetchall()
    return int(count), time.perf_counter() - begun


def _add(connection: psycopg.Connection[tuple[int]], way: str, reference: str, parent: str) -> int:
    """Add what one key leads to from all rows that are kept; returns how many are new."""
    child, columns = reference.removesuffix(")").split("(")
    pairs = zip(columns.split(", "), KEY_COLUMNS.get(parent, ("id",)), strict=True)
    refers = " AND ".join(f"child.{own} = parent.{other}" for own, other in pairs)
    end, start = ("child", "parent") if way == "children" else ("parent", "child")
    named = {"child": child, "parent": parent}
    return connection.execute(
        f"INSERT INTO kept_{named[end]} SELECT DISTINCT {end}.ctid FROM {child} AS child"
        f" JOIN {parent} AS parent ON {refers}"
        f" JOIN kept_{named[start]} AS kept ON kept.place = {start}.ctid"
        " ON CONFLICT DO NOTHING".encode()
    ).rowcount
