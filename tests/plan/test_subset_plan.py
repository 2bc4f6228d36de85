"""A policy's subset becomes starts, edges and kinds of tables, or findings, all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from builders.catalogs import catalog, foreign_key, table
from builders.policies import policy

from privaci_core.catalog.catalog import read_catalog
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.subset import Start, SubsetPlan
from privaci_core.plan.where import at_one_moment
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

SOURCE = catalog(
    table("public.country", "code text key"),
    table("public.org", "id int4 key", "country text -> public.country.code", "code text unique"),
    table("public.user", "id int4 key", "org int4 not null -> public.org.id", "boss int4"),
    foreign_key("public.user(boss)", "public.user(id)"),
    table("public.event", "id int4 key", "user_id int4 -> public.user.id", "doc jsonb", kind="p"),
    table(
        "public.event_1", "id int4 key", "user_id int4", "doc jsonb", partition_of="public.event"
    ),
    table("public.note", "id int4 key", "about int4", "kind text", "org_code text"),
    table("public.holiday", "id int4 key", "country text -> public.country.code"),
    table("public.log", "id int4 key", "what text"),
    table("ref.unit", "id int4 key", "of int4 -> ref.kind.id"),
    table("ref.kind", "id int4 key"),
)
RELATIONS = [
    {"from": "public.event(doc->'by'->>'u')", "to": "public.user(id)"},
    {"from": "public.note(about)", "to": "public.user(id)", "when": "kind == 'user'"},
    {"from": "public.note(org_code)", "to": "public.org(code)"},
]
ORG = [{"table": "public.org"}]


def planned(rules: dict[str, Any] | None = None, **subset: Any) -> SubsetPlan:
    """The subset of a policy that starts at organizations."""
    asked = policy(rules, relations=RELATIONS, subset={"start": ORG, **subset})
    found = plan_copy(SOURCE, asked).subset
    assert found is not None
    return found


def refused(rules: dict[str, Any] | None = None, **subset: Any) -> dict[str, str]:
    """What is wrong with a subset, by its place."""
    with pytest.raises(FindingsError) as caught:
        planned(rules, **subset)
    return {each.path: f"{each.reason}. {each.remedy}" for each in caught.value.findings}


@pytest.mark.unit
def test_keys_and_relations_are_edges() -> None:
    """Compared as they are, as text out of documents, with the condition on the child's row."""
    edges = {edge.name: edge for edge in planned().edges}
    assert {name: edge.refers.as_string() for name, edge in edges.items()} == {
        "public.org (country) -> public.country": 'parent."code" = child."country" ',
        "public.user (org) -> public.org": 'parent."id" = child."org" ',
        "public.user (boss) -> public.user": 'parent."id" = child."boss" ',
        "public.event (user_id) -> public.user": 'parent."id" = child."user_id" ',
        "public.holiday (country) -> public.country": 'parent."code" = child."country" ',
        "ref.unit (of) -> ref.kind": 'parent."id" = child."of" ',
        "public.event (doc->'by'->>'u') -> public.user": (
            """parent."id"::pg_catalog.text = (child."doc" -> 'by' ->> 'u')"""
        ),
        "public.note (about) -> public.user": 'parent."id" OPERATOR("pg_catalog".=) child."about"',
        "public.note (org_code) -> public.org (code)": (
            'parent."code" OPERATOR("pg_catalog".=) child."org_code"'
        ),
    }
    conditions = {name: edge.when.as_string() for name, edge in edges.items() if edge.when}
    assert conditions == {"public.note (about) -> public.user": "(child.\"kind\" = 'user')"}
    assert not edges["public.event (user_id) -> public.user"].child_alone
    assert edges["public.user (org) -> public.org"].child_alone
    assert [name for name, edge in edges.items() if edge.as_text] == [
        "public.event (doc->'by'->>'u') -> public.user"
    ]


@pytest.mark.unit
def test_children_and_parents_are_as_the_policy_wants_them() -> None:
    """By the child's table, for all of its keys; a cut by the column."""
    subset = planned(
        children={"public.event": {"per_parent": 3}, "public.note": "none"},
        parents={"public.user.boss": None},
    )
    edges = {edge.name: edge for edge in subset.edges}
    assert {edge.per_parent for edge in subset.edges if edge.child == "public.event"} == {3}
    assert {edge.down for edge in subset.edges if edge.child == "public.note"} == {False}
    cut = edges["public.user (boss) -> public.user"]
    assert (cut.up, cut.null_columns, cut.down) == ("null", ("boss",), True)
    assert {edge.up for edge in subset.edges if edge is not cut} == {"keep"}
    assert not any(edge.down for edge in planned(children="none").edges)


@pytest.mark.unit
def test_tables_are_filtered_tied_or_neither() -> None:
    """A table that only shares a parent with the start is tied, and not filtered."""
    subset = planned(whole=["ref.u*"], rest="empty")
    assert subset.filtered == {"public.org", "public.user", "public.event", "public.note"}
    assert subset.untied == {"public.log", "ref.unit", "ref.kind"}
    assert subset.whole == {"ref.unit"}
    assert subset.empty == {"public.log", "ref.kind"}
    assert planned().empty == frozenset()
    assert planned(children="none").filtered == {"public.org"}


@pytest.mark.unit
def test_tables_without_rows_have_no_edges() -> None:
    """They still tie tables to a start; excluded ones tie nothing."""
    subset = planned({"public.user": {"strategy": "empty"}})
    assert "public.user (org) -> public.org" not in {edge.name for edge in subset.edges}
    assert "public.event" not in subset.untied
    assert subset.filtered == {"public.org", "public.note"}
    rules = {name: {"strategy": "exclude"} for name in ("public.user", "public.event")}
    assert "public.log" in planned(rules).untied


@pytest.mark.unit
def test_every_name_is_looked_for_in_the_source() -> None:
    """All mistakes at once, each with what to do."""
    found = refused(
        {"public.country": {"strategy": "empty"}},
        start=[{"table": "public.orgs"}, {"table": "public.country"}, {"table": "public.event_1"}],
        children={"public.country": "none", "public.q": "none", "public.event_1": "none"},
        parents=dict.fromkeys(
            ["public.user.boss", "public.user.org", "public.user.id", "public.user.q", "a.b.c"]
        ),
        whole=["ref.knd", "public.country", "public.event_1", "ref.*"],
    )
    assert {path.removeprefix("subset."): reason for path, reason in found.items()} == {
        "start[0].table": "the source has no such table. Did you mean `public.org`?",
        "start[1].table": "the policy copies no row of it: strategy: empty. Leave the table's"
        " strategy out, or the table out of the subset.",
        "start[2].table": "the table is a partition of public.event. Name public.event.",
        'children."public.country"': "the table refers to no other: it is no child. Leave it out,"
        " or declare its reference under `relations`.",
        'children."public.q"': "the source has no such table. Did you mean `public.org`?",
        'children."public.event_1"': "the table is a partition of public.event. Name public.event.",
        'parents."public.user.org"': "the reference cannot become NULL: its column org is NOT NULL."
        " Leave it out, so that its parents come along; or choose fewer children.",
        'parents."public.user.id"': "no key and no relation refers from this column: there is"
        " nothing to cut. Name a referencing column, as schema.table.column.",
        'parents."public.user.q"': "the table has no such column. Known: boss, id, org.",
        'parents."a.b.c"': found['subset.parents."a.b.c"'],
        "whole[0]": "no table of the source has such a name. Did you mean `ref.kind`?",
        "whole[1]": "the policy copies no row of it: strategy: empty. Leave the table's"
        " strategy out, or the table out of the subset.",
        "whole[2]": "the table is a partition of public.event. Name public.event.",
    }


@pytest.mark.unit
def test_excluded_tables_that_kept_rows_need_are_found_with_the_rest() -> None:
    """A start's parent that the target does not get."""
    found = refused({"public.country": {"strategy": "exclude"}}, children={"public.q": "none"})
    assert 'tables."public.country".strategy' in found
    assert 'subset.children."public.q"' in found


@pytest.mark.unit
def test_a_document_in_a_column_of_another_type_is_refused() -> None:
    """A relation looks into json and jsonb alone."""
    relation = {"from": "public.log(what->>'u')", "to": "public.user(id)"}
    with pytest.raises(FindingsError, match="the column what holds no documents"):
        plan_copy(SOURCE, policy({}, relations=[relation]))


@pytest.mark.unit
def test_now_in_a_start_is_one_moment() -> None:
    """The plan has a moment, which the target keeps, though no table's predicate says now()."""
    moment = datetime(2026, 3, 4, tzinfo=UTC)
    asked = policy({}, subset={"start": [{"table": "public.org", "where": "now() > code::date"}]})
    plan = at_one_moment(plan_copy(SOURCE, asked), moment)
    assert plan.moment == moment
    assert plan.subset is not None
    condition = plan.subset.starts[0].condition
    assert condition is not None
    assert "2026-03-04" in condition.as_string()
    assert Start(table="public.org").condition is None


TABLES = """
CREATE SCHEMA other;
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person SELECT n, 'name' || n FROM generate_series(1, 5) AS n;
CREATE FUNCTION writes(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE DOMAIN label AS text COLLATE "C";
CREATE TABLE tag (label text COLLATE "C" UNIQUE, UNIQUE (label));
CREATE TABLE tagged (label text COLLATE "POSIX" REFERENCES tag (label));
"""


@pytest.mark.postgres
def test_every_start_is_tried_in_the_source(source_db: str) -> None:
    """Volatile functions, other expressions and starts without rows are found at once."""
    predicates = ["public.writes(id) = 1", "name", "id > 100", "id = 1"]
    starts = "".join(f"\n    - {{ table: public.person, where: {each} }}" for each in predicates)
    accepted = "\n    - { table: public.person, where: id > 100, may_be_empty: true }"
    text = f'version: "1.0"\nsubset:\n  start:{starts}{accepted}\n'
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    with source_session(source_db) as session, pytest.raises(FindingsError) as caught:
        plan_of(session, read_catalog(session), parse_policy(text))
    found = {each.path: each.reason for each in caught.value.findings}
    assert found["subset.start[0].where"].startswith("the predicate calls public.writes")
    assert "no boolean expression" in found["subset.start[1].where"]
    assert found["subset.start[2]"] == "the start matches no row of the source"
    assert len(found) == 3


@pytest.mark.postgres
def test_keys_are_compared_by_their_own_operators_and_collations(source_db: str) -> None:
    """As the key's own trigger compares them."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    with source_session(source_db) as session:
        (key,) = read_catalog(session).foreign_keys
    assert key.operators == ("OPERATOR(pg_catalog.=)",)
    assert key.collations == ('COLLATE pg_catalog."C"',)
    assert not key.period
