"""A start in one text: a table, a colon and a predicate, as confined as the file's."""

from __future__ import annotations

import pytest

from privaci_core.errors import PolicyError
from privaci_core.policy import parse_policy
from privaci_core.policy.start_text import read_start, with_start

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "table", "where"),
    [
        ("public.customer: id = 42", "public.customer", "id = 42"),
        (' public."a: b" :\n at > now()::date', 'public."a: b"', "at > now()::date"),
        ("public.customer", "public.customer", None),
    ],
)
def test_a_start_is_a_table_and_a_predicate(text: str, table: str, where: str | None) -> None:
    """Colons in a quoted name and in the predicate are theirs; no predicate means all rows."""
    start = read_start(text)
    assert (start.table, start.where, start.percent, start.rows) == (table, where, None, None)


@pytest.mark.parametrize(
    "text", ["", "customer: id = 42", "public.customer id = 42", "public.customer:", "a.b: x; y"]
)
def test_another_text_is_refused_without_quoting_it(text: str) -> None:
    """The predicate may name a person."""
    with pytest.raises(PolicyError) as refused:
        read_start(text)
    assert "id = 42" not in str(refused.value).replace("public.customer: id = 42", "")
    assert refused.value.__context__ is None


def test_the_rest_of_the_subset_stays() -> None:
    """Only the start is another; a policy without a subset gets one."""
    text = 'version: "1.0"\n'
    own = "subset: { start: [{ table: public.a }], children: none }\n"
    changed = with_start(parse_policy(text + own), "public.b: id = 1").subset
    made = with_start(parse_policy(text), "public.b: id = 1").subset
    assert changed is not None
    assert made is not None
    assert (changed.start[0].table, changed.children) == ("public.b", "none")
    assert (made.start, made.children) == (changed.start, "all")
    assert with_start(parse_policy(text), "public.b").fingerprint() != (
        parse_policy(text).fingerprint()
    )
