"""Columns that hold the same values: keys, partitions, inheritance, declared relations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders.catalogs import catalog, foreign_key, place, table
from builders.policies import policy

from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import Link, groups_of, link_columns, neighbours_of

pytestmark = pytest.mark.unit

A, B, C, D = (1, "a"), (2, "b"), (3, "c"), (4, "d")


def linked(source: object, *relations: dict[str, str]) -> object:
    """The links of a catalog under a policy with these relations."""
    inputs = Inputs(catalog=source, policy=policy(relations=list(relations)), contents={})
    return link_columns(inputs)


def names(source: object, links: object) -> list[tuple[str, str, str | None]]:
    """Links by the names of their ends."""

    def name(end: tuple[int, str]) -> str:
        return f"{source.by_oid[end[0]].name}.{end[1]}"

    return [(name(x.referencing), name(x.referenced), x.when) for x in links.links]


TEAMS = catalog(
    table("public.team", "id int4 key", "code text"),
    table("public.person", "id int4 key", "team int4 -> public.team.id", "code text"),
)


def test_keys_link_each_of_their_columns() -> None:
    """Column by column, and both ends count as key columns."""
    source = catalog(
        table("public.head", "a int4 key", "b int4 key", "c int4"),
        table("public.line", "x int4", "y int4"),
        foreign_key("public.line(y, x)", "public.head(a, b)"),
    )
    links = linked(source)
    assert names(source, links) == [("line.y", "head.a", None), ("line.x", "head.b", None)]
    ends = ("public.head.a", "public.head.b", "public.line.x", "public.line.y")
    assert links.of_keys == {place(source, end) for end in ends}
    assert links.pairs == [(x.referencing, x.referenced) for x in links.links]


def test_partitions_and_children_are_linked_to_their_parents() -> None:
    """By the columns that the parent has; a child's own columns stay alone."""
    source = catalog(
        table("public.event", "id int4", "who text", kind="p"),
        table("public.event_1", "id int4", "who text", partition_of="public.event"),
        table("public.base", "name text"),
        table("public.child", "name text", "own text", inherits=("public.base",)),
    )
    links = linked(source)
    assert names(source, links) == [
        ("event_1.id", "event.id", None),
        ("event_1.who", "event.who", None),
        ("child.name", "base.name", None),
    ]
    assert links.of_keys == frozenset()


def test_declared_relations_link_too() -> None:
    """With their condition; they are no keys of the database."""
    links = linked(
        TEAMS, {"from": "public.person(code)", "to": "public.team(code)", "when": "id > 5"}
    )
    assert names(TEAMS, links)[-1] == ("person.code", "team.code", "id > 5")
    assert place(TEAMS, "public.person.code") not in links.of_keys
    assert links.findings == ()


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("public.persons(code)", "public.team(code)", "].from: no such table. Did you mean `pub"),
        ("public.person(code)", "public.tea(code)", "].to: no such table. Did you mean `pub"),
        ("public.person(cod)", "public.team(code)", "].from: the table has no column cod. Did yo"),
        ("public.person(code)", "public.team(cod)", "].to: the table has no column cod. Did you"),
        ("public.nope(x)", "public.neither(y)", "].from: no such table"),
    ],
)
def test_a_relation_that_names_nothing_is_refused(source: str, target: str, said: str) -> None:
    """Its first mistake with what may be meant; no link comes of it, and others stay."""
    sound = {"from": "public.person(code)", "to": "public.team(code)"}
    links = linked(TEAMS, {"from": source, "to": target}, sound)
    (found,) = links.findings
    assert said in str(found)
    assert "relations[0" in str(found)
    assert len(links.links) == 2


def test_a_condition_that_does_not_fit_is_refused_where_it_stands() -> None:
    """In the relation, and not in the rule of a column that has none."""
    wrong = {"from": "public.person(code)", "to": "public.team(code)", "when": "colour == 'red'"}
    links = linked(TEAMS, wrong)
    (found,) = links.findings
    assert "relations[0].when: the table has no column colour." in str(found)
    assert len(links.links) == 1


def test_tables_of_an_extension_are_not_linked() -> None:
    """A foreign key to a table that is no part of the copy leads nowhere."""
    source = catalog(
        table("public.spot", "id int4 key", "system int4 -> topology.system.id"),
        table("topology.system", "id int4 key"),
    )
    assert linked(replace(source, relations=source.relations[:1])).links == ()


def test_a_conditional_link_leads_one_way() -> None:
    """What is referenced takes no condition over; without one both ends lead to each other."""
    links = [
        Link(referencing=A, referenced=B),
        Link(referencing=C, referenced=B, when="x"),
    ]
    assert neighbours_of(links) == {A: ((B, None),), B: ((A, None), (C, "x"))}


def test_what_a_rule_would_reach() -> None:
    """Every column at the end of a chain of links, itself first and each once."""
    source = catalog(
        table("public.a", "x int4 key"),
        table("public.b", "x int4 key -> public.a.x"),
        table("public.c", "x int4 -> public.b.x"),
        table("public.d", "x int4"),
    )
    links = linked(source)
    start = place(source, "public.c.x")
    found = links.reachable(start)
    assert found[0] == start
    assert sorted(found) == [(1, "x"), (2, "x"), (3, "x")]
    assert links.reachable((4, "x")) == ((4, "x"),)


def test_groups_hold_all_that_hold_the_same_values() -> None:
    """However many links away, and two groups that a later link joins become one."""
    groups = groups_of([(A, B), (C, D)])
    assert groups == {A: {A, B}, B: {A, B}, C: {C, D}, D: {C, D}}
    groups = groups_of([(A, B), (C, D), (B, C)])
    assert set(groups.values()) == {frozenset({A, B, C, D})}
    assert groups_of([]) == {}
