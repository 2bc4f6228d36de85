"""Conditions mean on Postgres what an independent implementation of CEL says they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import celpy
import pytest
from builders.catalogs import catalog, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from privaci_core.plan.conditions import compile_condition

if TYPE_CHECKING:
    from substrate.databases import Connection

pytestmark = pytest.mark.postgres

COLUMNS = catalog(
    table("public.t", "n int8", "m int8", "t text", "u text", "b bool", "maybe int8", "word text")
).columns[1]
# Made before hypothesis looks: it raises Python's limit of recursion.
ENVIRONMENT = celpy.Environment()
# CEL calls a missing value unequal to any other, SQL calls that unknown: columns that may be NULL
# are compared by their order alone, which CEL refuses. Neither unknown nor refused is true.
CERTAIN_NUMBERS, NUMBERS = ("n", "m"), ("n", "m", "maybe")
CERTAIN_TEXTS, TEXTS = ("t", "u"), ("t", "u", "word")

numbers = st.integers(-3, 3).map(str)
# Lower-case letters are in one order in every collation.
words = st.text("ab", max_size=3)
quoted = words.map(lambda word: f"'{word}'")
comparisons = st.sampled_from(["<", "<=", ">", ">="])
equalities = st.sampled_from(["==", "!="])


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


parts = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)?", "a*", "b{1,2}", "(?:b|)"])
patterns = st.tuples(
    st.sampled_from(["", "^", "(?i)"]),
    st.lists(parts, max_size=4).map("".join),
    st.sampled_from(["", "$"]),
).map("".join)
sizes = st.sampled_from(
    [form for name in CERTAIN_TEXTS for form in (f"size({name})", f"{name}.size()")]
)
tests = st.one_of(
    _joined(st.sampled_from(NUMBERS), comparisons, st.one_of(numbers, st.sampled_from(NUMBERS))),
    _joined(st.sampled_from(CERTAIN_NUMBERS), equalities, numbers),
    _joined(st.sampled_from(CERTAIN_TEXTS), equalities, quoted),
    _joined(st.sampled_from(TEXTS), comparisons, quoted),
    _joined(sizes, comparisons, numbers),
    st.tuples(
        st.sampled_from(CERTAIN_TEXTS),
        st.sampled_from(["contains", "startsWith", "endsWith"]),
        quoted,
    ).map(lambda parts: f"{parts[0]}.{parts[1]}({parts[2]})"),
    st.tuples(st.sampled_from(CERTAIN_NUMBERS), st.lists(numbers, max_size=3)).map(
        lambda parts: f"{parts[0]} in [{', '.join(parts[1])}]"
    ),
    st.sampled_from(["b", "true", "false", "b == true", "b != false"]),
    st.tuples(st.sampled_from(CERTAIN_TEXTS), patterns).map(
        lambda parts: f"{parts[0]}.matches({parts[1]!r})"
    ),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f"({text})"),
        st.tuples(inner, st.sampled_from([" && ", " || "]), inner).map("".join),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
    ),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {
        "n": st.integers(-3, 3),
        "m": st.integers(-3, 3),
        "t": words,
        "u": words,
        "b": st.booleans(),
        "maybe": st.none() | st.integers(-3, 3),
        "word": st.none() | words,
    }
)


def by_celpy(condition: str, row: dict[str, object]) -> bool:
    """What CEL says; an error, as of a comparison with null, is no true."""
    program = ENVIRONMENT.program(ENVIRONMENT.compile(condition))
    try:
        return bool(program.evaluate({name: celpy.json_to_cel(row[name]) for name in row}))
    except celpy.CELEvalError:
        return False


def by_postgres(connection: Connection, condition: str, row: dict[str, object]) -> bool:
    """What the compiled condition says, as a plan selects it."""
    query = sql.SQL(
        "SELECT coalesce({}, false) FROM (SELECT %(n)s::int8 AS n, %(m)s::int8 AS m,"
        " %(t)s::text AS t, %(u)s::text AS u, %(b)s::bool AS b,"
        " %(maybe)s::int8 AS maybe, %(word)s::text AS word) AS row"
    ).format(compile_condition(condition, COLUMNS))
    found = connection.execute(query, row).fetchone()
    assert found is not None
    return bool(found[0])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions, row=rows)
def test_postgres_agrees_with_cel(
    connection: Connection, condition: str, row: dict[str, object]
) -> None:
    """For generated conditions and rows, NULL among them: unknown masks as little as false."""
    assert by_postgres(connection, condition, row) == by_celpy(condition, row)
