"""Adds an exclusion to a partitioned table of which only some partitions have it.

ALTER TABLE ONLY leaves the partitions out that are there, and each later one gets the exclusion
when it is made or attached. No statement adds it to a partition by itself, so those that have it
are attached once more, and then get it. That makes all keys which they lack, so it follows the
other keys, and it makes their other exclusions once more, for Postgres does not recognise them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from privaci_core.ddl.dump import Entry

# No key that several sessions may build at once.
KIND = "EXCLUSION"
PRECEDING = frozenset({"INDEX", "CONSTRAINT", "INDEX ATTACH"})
NAME = r'(?:"(?:[^"]|"")*"|[^\s".(;]+)'
PARTITION = re.compile(rf"ALTER TABLE ONLY ({NAME}\.{NAME}) ATTACH PARTITION ({NAME}\.{NAME}) ")
BODY = """
DECLARE
    part record;
    other record;
    before pg_catalog.jsonb;
BEGIN
    EXECUTE {alone};
    FOR part IN
        SELECT oid, pg_catalog.format('%s', oid::pg_catalog.regclass) AS name,
               pg_catalog.pg_get_expr(relpartbound, oid) AS bound
        FROM pg_catalog.pg_class WHERE oid = ANY (ARRAY[{having}]) ORDER BY oid
    LOOP
        before := (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(each)) FROM ({others}) AS each);
        EXECUTE {detach} || part.name;
        EXECUTE {attach} || part.name || ' ' || part.bound;
        -- The old ones have kept their names until now, so no new one has taken any of them.
        FOR other IN
            SELECT name
            FROM pg_catalog.jsonb_to_recordset(before) AS known (relation oid, name name)
            WHERE relation = part.oid
        LOOP
            EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', part.name, other.name);
        END LOOP;
        -- By way of names that no other has: two may have the names of each other.
        FOR other IN
            SELECT relation::pg_catalog.regclass AS relation, now.name AS own,
                   pg_catalog.format('privaci %s %s', relation, origin) AS between
            FROM pg_catalog.jsonb_to_recordset(before)
                 AS known (relation oid, name name, origin oid)
            JOIN ({others}) AS now USING (relation, origin)
        LOOP
            EXECUTE pg_catalog.format(
                'ALTER TABLE %s RENAME CONSTRAINT %I TO %I',
                other.relation, other.own, other.between);
        END LOOP;
        FOR other IN
            SELECT relation::pg_catalog.regclass AS relation, name AS own,
                   pg_catalog.format('privaci %s %s', relation, origin) AS between
            FROM pg_catalog.jsonb_to_recordset(before)
                 AS known (relation oid, name name, origin oid)
        LOOP
            EXECUTE pg_catalog.format(
                'ALTER TABLE %s RENAME CONSTRAINT %I TO %I',
                other.relation, other.between, other.own);
        END LOOP;
    END LOOP;
END"""
# The exclusions of a partition and of all below it, each with the one of the table that it is of.
OTHERS = """
WITH RECURSIVE below AS (
    SELECT oid, oid AS origin FROM pg_catalog.pg_constraint
    WHERE conrelid = {table}::pg_catalog.regclass AND conexclop IS NOT NULL
    UNION ALL
    SELECT con.oid, below.origin
    FROM pg_catalog.pg_constraint AS con JOIN below ON con.conparentid = below.oid)
SELECT con.conrelid AS relation, con.conname AS name, below.origin AS origin
FROM below JOIN pg_catalog.pg_constraint AS con ON con.oid = below.oid
JOIN pg_catalog.pg_partition_tree(part.oid) AS tree ON tree.relid = con.conrelid"""


def added_alone(alone: str, table: str, having: Iterable[str]) -> str:
    """What adds an exclusion to a table and to those partitions alone; all names are quoted."""
    partitions = sql.SQL(", ").join(
        sql.SQL("{}::pg_catalog.regclass").format(name) for name in having
    )
    body = sql.SQL(BODY).format(
        table=table,
        having=partitions,
        alone=alone,
        others=sql.SQL(OTHERS).format(table=table),
        detach=f"ALTER TABLE {table} DETACH PARTITION ",
        attach=f"ALTER TABLE {table} ATTACH PARTITION ",
    )
    return f"DO {sql.Literal(body.as_string()).as_string()};"


def partitions_in(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """The partitions of each table, as they are attached before the rows."""
    found = dict[str, set[str]]()
    for entry in entries:
        match = PARTITION.match(entry.sql) if entry.kind == "TABLE ATTACH" else None
        if match:
            found.setdefault(match[1], set()).add(match[2])
    return found


def after_other_keys(entries: Sequence[Entry], alone: Collection[int]) -> tuple[Entry, ...]:
    """The entries, in which these exclusions, and what needs them, follow all other keys."""
    late = set(alone)
    for entry in entries:
        if late.intersection(entry.needs):
            late.add(entry.id)
    known = [entry.kind in PRECEDING and entry.id not in late for entry in entries]
    end = len(known) - known[::-1].index(True) if any(known) else 0
    first, rest = entries[:end], entries[end:]
    moved = [entry for entry in first if entry.id in late]
    ordered = (*(entry for entry in first if entry.id not in late), *moved, *rest)
    return tuple(replace(e, kind=KIND) if e.id in alone else e for e in ordered)
