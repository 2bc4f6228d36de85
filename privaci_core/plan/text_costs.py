"""Estimates how long a language model needs to mask the free text of a source."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.catalog.privileges import unreadable
from privaci_core.detect.sample import pages_of
from privaci_core.detect.sample_query import PAGES, ROWS
from privaci_core.plan.inputs import policy_name
from privaci_core.policy import Json, NerMask
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog, Place, Relation
    from privaci_core.detect.sample import Contents
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Action
    from privaci_core.postgres.session import Connection

# What `ner_mask` reads of differing texts in a second on one core; see docs/reference/masks.md.
WORDS_PER_SECOND = 25_000
# What a first policy spends on one column; a person may decide to spend more.
PAYABLE_SECONDS = 15 * 60
MINUTE, HOUR = 60, 3600
# A text has one word more than blanks; a row without a text has none.
WORDS_OF_A_ROW = sql.SQL("""
    SELECT pg_catalog.count(*), coalesce(pg_catalog.avg(words), 0)::pg_catalog.float8
    FROM (
        SELECT coalesce(1 + pg_catalog.length(text)
            - pg_catalog.length(pg_catalog.replace(text, ' ', '')), 0) AS words
        FROM (
            SELECT {}::pg_catalog.text AS text
            FROM {} TABLESAMPLE SYSTEM ({}) REPEATABLE (1) LIMIT {}
        ) AS sampled
    ) AS counted
""")

# Table, as the policy names it, and column.
Costs = dict[tuple[str, str], float]


def text_costs(source: Connection, catalog: Catalog, plan: Plan) -> Costs:
    """The seconds that `ner_mask` would take for each column that it masks, or that may need it."""
    wanted = list(dict.fromkeys(_texts(catalog, plan)))
    hidden = unreadable(source, [(table.schema, table.name) for table, _ in wanted])
    rows, pages = _rows_of(catalog), pages_of(catalog)
    costs: Costs = {}
    for table, column in wanted:
        if (table.schema, table.name) not in hidden:
            sampled, words = _words(source, table, column, pages[table.oid])
            count = max(sampled, rows[table.oid])
            costs[policy_name(table), column] = count * words / WORDS_PER_SECOND
    return costs


def reading_time(inputs: Inputs, place: Place, action: Action) -> str:
    """How long `ner_mask` takes at a column or at paths of it, behind a reason; empty without it.

    It is estimated before the copy: by the sample's words, and the server's count of rows.
    """
    contents = inputs.contents.get(inputs.at_root(place))
    words = 0.0 if contents is None else _words_of_a_value(contents, action)
    if contents is None or not words:
        return ""
    known = contents.statistics
    rows = known.filled if known else _rows_of(inputs.catalog)[inputs.at_root(place)[0]]
    seconds = max(rows, contents.documents, contents.looks.sampled) * words / WORDS_PER_SECOND
    return f"; ner_mask reads them in {about(seconds)}"


def _words_of_a_value(contents: Contents, action: Action) -> float:
    """How many words `ner_mask` reads in one value of the column."""
    if isinstance(action, NerMask):
        return contents.looks.words
    if not isinstance(action, Json) or not contents.documents:
        return 0.0
    paths = (path for path, inner in action.paths.items() if isinstance(inner, NerMask))
    texts = (contents.paths[path] for path in paths if path in contents.paths)
    return sum(looks.sampled * looks.words for looks in texts) / contents.documents


def _texts(catalog: Catalog, plan: Plan) -> Iterator[tuple[Relation, str]]:
    """The columns of free text, masked or not."""
    tables = {policy_name(relation): relation for relation in catalog.roots}
    for table, column, suspicion in plan.suspected:
        if suspicion.kind == "free_text" and table in tables:
            yield tables[table], column
    for planned in plan.tables:
        root = catalog.root(catalog.by_name[planned.name])
        for masked in planned.masked:
            if isinstance(masked.action, NerMask):
                yield root, masked.name


def about(seconds: float) -> str:
    """A time as an estimate says it."""
    if seconds < 1:
        return "less than 1 s"
    if seconds < MINUTE:
        return f"about {math.ceil(seconds)} s"
    if seconds < HOUR:
        return f"about {math.ceil(seconds / MINUTE)} min"
    return f"about {math.ceil(seconds / HOUR)} h"


def _rows_of(catalog: Catalog) -> Counter[int]:
    """How many rows the server believes each table to have, its partitions counted in."""
    rows: Counter[int] = Counter()
    for leaf in catalog.tables:
        rows[catalog.root(leaf).oid] += max(0, leaf.estimated_rows)
    return rows


def _words(source: Connection, table: Relation, column: str, pages: int) -> tuple[int, float]:
    """How many rows were sampled, and how many words a row of them has."""
    query = WORDS_OF_A_ROW.format(
        sql.Identifier(column),
        table.identifier,
        sql.Literal(100.0 * PAGES / max(PAGES, pages)),
        sql.Literal(ROWS),
    )
    with driver_errors(f"Sampling {table.qualified}"):
        row = source.execute(query).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)
