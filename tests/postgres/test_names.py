"""Names are spelled in one line that no two of them share, and read back as they were."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from privaci_core.policy import listed_relations, relation_name, split_column, split_relation
from privaci_core.postgres.names import column_name, shown, spelled, table_name, table_of

if TYPE_CHECKING:
    import psycopg

# All that Postgres takes for a name.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.text(LETTERS, min_size=1, max_size=12)
# What needs no quotes in SQL; a policy may leave them out around a few more, as in `a-b`.
PLAIN = re.compile("[a-z_][a-z0-9_]*")


@pytest.mark.unit
@given(NAMES, NAMES, NAMES)
def test_a_spelling_is_one_line_and_read_back(schema: str, table: str, column: str) -> None:
    """Whatever the names hold: dots, quotes, line breaks, marks that turn the text."""
    whole = table_name(schema, table)
    place = column_name(whole, column)
    assert len(place.splitlines()) == 1
    assert split_relation(whole) == (schema, table)
    assert split_column(place) == (schema, table, column)
    assert table_of(place) == whole
    assert relation_name(schema, table) == whole


@pytest.mark.unit
@given(st.lists(st.tuples(NAMES, NAMES), max_size=3), st.sampled_from([" ", ",", ", "]))
def test_a_list_of_tables_is_read_back(tables: list[tuple[str, str]], between: str) -> None:
    """Blanks and commas may stand between names, and within their quotes."""
    names = tuple(table_name(*table) for table in tables)
    assert listed_relations(between.join(names)) == names


@pytest.mark.unit
@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("public", "app_user"), "public.app_user"),
        (("public", "Users"), "public.Users"),
        (("public", "a-b"), "public.a-b"),
        (("a.b", "c"), '"a.b".c'),
        (("a", "b.c"), 'a."b.c"'),
        (("public", "order lines"), 'public."order lines"'),
        (("public", "größe"), 'public."größe"'),
        (("public", 'a"b'), 'public."a""b"'),
        (("public", "line\nbreak"), 'public.U&"line\\000Abreak"'),
        (("public", "\u202eturned\\"), 'public.U&"\\202Eturned\\\\"'),
        (("public", "tag\U000e0041"), 'public.U&"tag\\+0E0041"'),
    ],
)
def test_quotes_stand_only_where_they_must(parts: tuple[str, str], name: str) -> None:
    """Names that earlier versions could copy are spelled as they spelled them."""
    assert table_name(*parts) == name


@pytest.mark.unit
def test_a_policy_may_quote_what_needs_no_quotes() -> None:
    """All spellings of a table mean the same; without quotes, case is kept."""
    assert listed_relations('"public"."users",public.Users') == ("public.users", "public.Users")
    assert listed_relations("orders") == ("orders",)
    assert listed_relations(" , ") == ()


@pytest.mark.postgres
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
@example("privaci-run-")
@example("ümlaut")
@example("select")
def test_postgres_reads_what_is_shown_as_the_same_name(
    connection: psycopg.Connection, name: str
) -> None:
    """Also with the escapes of U&."""
    for spelling in (shown(name), spelled(name)):
        unquoted = spelling == name and PLAIN.fullmatch(name) is None
        if len(name.encode()) > 63 or unquoted:
            continue
        query = f"SELECT 1 AS {spelling}"
        found = connection.execute(query).description  # type: ignore[call-overload]
        assert found is not None
        assert found[0].name == name
