"""The policy's part about subsets is read strictly, and names of documents as SQL writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from privaci_core.policy import FindingsError, parse_policy
from privaci_core.policy.relations import parse_key
from privaci_core.policy.subset import PerParent, Subset

pytestmark = pytest.mark.unit

VERSION = 'version: "1.0"\n'
WHOLE = """\
subset:
  start:
    - { table: public.organization, where: "country = 'DE'", percent: 0.1 }
    - { table: 'public."plan"', rows: 20, may_be_empty: true }
  children: { public.event: none, public.payment: { per_parent: 10 } }
  parents: { public.user.manager_id: "null", public.user.team_id: null }
  whole: [public.country, "ref.*"]
  whole_below: 1000
  rest: empty
  match: all
"""
MISTAKES = """\
subset:
  start:
    - { table: organization, where: "id = 1; drop", percent: 101 }
    - { tabel: public.plan }
    - { table: public.plan, rows: 20, percent: 2 }
  children: { public.a: nono, public.b: { per_parnt: 9 }, public.c: { per_parent: 0 }, public.d: 5 }
  parents: { public.user.manager_id: "nul", public.b: null }
  whole: public.country
  whole_below: 0
  rest: wole
  match: both
  star: []
"""
FOUND = {
    (4, "subset.start[0].table", "a table is named schema.table"),
    (4, "subset.start[0].percent", "the value should be less than or equal to 100"),
    (5, "subset.start[1]", "the key `table` is missing"),
    (5, "subset.start[1].tabel", "unknown key"),
    (6, "subset.start[2].rows", "`percent` and `rows` contradict each other"),
    (7, 'subset.children."public.a"', "unknown choice `nono`"),
    (7, 'subset.children."public.b"', "the key `per_parent` is missing"),
    (7, 'subset.children."public.b".per_parnt', "unknown key"),
    (
        7,
        'subset.children."public.c".per_parent',
        "the value should be greater than or equal to 1",
    ),
    (7, 'subset.children."public.d"', "unknown choice"),
    (8, 'subset.parents."public.user.manager_id"', "unknown choice `nul`"),
    (8, 'subset.parents."public.b"', "a column is named schema.table.column"),
    (9, "subset.whole", "the value is not a list"),
    (10, "subset.whole_below", "the value should be greater than or equal to 1"),
    (11, "subset.rest", "unknown choice `wole`"),
    (12, "subset.match", "unknown choice `both`"),
    (13, "subset.star", "unknown key"),
}


def read(text: str) -> Subset:
    """The subset of a policy."""
    subset = parse_policy(VERSION + text).subset
    assert subset is not None
    return subset


def test_every_key_is_read() -> None:
    """Names in their one spelling, a share as it is written, exceptions by table."""
    subset = read(WHOLE)
    assert [start.table for start in subset.start] == ["public.organization", "public.plan"]
    assert [start.percent for start in subset.start] == [Decimal("0.1"), None]
    assert subset.start[1].may_be_empty
    assert subset.child_rule("public.event") == "none"
    assert subset.child_rule("public.payment") == PerParent(per_parent=10)
    assert subset.child_rule("public.other") == "all"
    assert set(subset.parents) == {"public.user.manager_id", "public.user.team_id"}


def test_all_is_what_a_subset_says_by_itself() -> None:
    """A start alone takes all children and all parents, and leaves the rest whole."""
    subset = read("subset: { start: [{ table: public.a }] }\n")
    choices = (subset.children, subset.parents, subset.rest, subset.match, subset.whole)
    assert choices == ("all", "all", "whole", "any", ())
    assert read("subset: { start: [{ table: public.a }], children: none }\n").child_rule("a") == (
        "none"
    )


def test_every_mistake_is_found_at_once() -> None:
    """Each with its line, its path and its reason; the predicate is quoted nowhere."""
    with pytest.raises(FindingsError) as refused:
        read(MISTAKES)
    found = {(each.line, each.path, each.reason) for each in refused.value.findings}
    confined = {each for each in found if each[1] == "subset.start[0].where"}
    assert found - confined == FOUND
    assert len(confined) == 1
    assert "drop" not in str(refused.value)


@pytest.mark.parametrize("text", ["subset: {}", "subset: { start: [] }"])
def test_a_subset_has_a_start(text: str) -> None:
    """One without a start would copy nothing."""
    with pytest.raises(FindingsError):
        parse_policy(VERSION + text)


@pytest.mark.parametrize(
    ("text", "column", "path", "shown"),
    [
        ("payload->>'user_id'", "payload", ("user_id",), "payload->>'user_id'"),
        ("payload -> 'a' ->> 0", "payload", ("a", 0), "payload->'a'->>0"),
        ("payload #>> '{a, b}'", "payload", ("a", "b"), "payload->'a'->>'b'"),
        ("payload->>'it''s'", "payload", ("it's",), "payload->>'it''s'"),
        ('"a->b"', "a->b", (), '"a->b"'),
        ("\"a(b\"->>'c'", "a(b", ("c",), "\"a(b\"->>'c'"),
    ],
)
def test_a_key_inside_a_document_is_written_as_in_sql(
    text: str, column: str, path: tuple[str | int, ...], shown: str
) -> None:
    """Arrows lead into documents; the name of a column that holds arrows is quoted."""
    key = parse_key(f"public.event(id, {text})")
    assert key is not None
    assert key.ends == (("id", ()), (column, path))
    assert str(key) == f"public.event(id, {shown})"
    assert parse_key(str(key)) == key


def test_a_relation_refers_to_columns() -> None:
    """A document can refer, and is not referred to."""
    relation = "{ from: 'public.a(x)', to: \"public.b(y->>'z')\" }"
    with pytest.raises(FindingsError, match="a document is referred to"):
        parse_policy(f"{VERSION}relations: [{relation}]")


def test_policies_without_documents_keep_their_fingerprint() -> None:
    """Refreshes that are unfinished, and targets, know the policy by it."""
    relation = "{ from: 'public.a(x)', to: 'public.b(y)' }"
    policy = parse_policy(f"{VERSION}relations: [{relation}]")
    assert policy.fingerprint()[:16] == "dcd3d96dea481030"
