"""Predicates: one expression that reads, or a finding with its line."""

from __future__ import annotations

import pytest

from privaci_core.errors import PolicyError
from privaci_core.policy import parse_policy
from privaci_core.policy.where import calls_in, check_where, without_comments
from privaci_core.policy.where_tokens import WhereError, tokens_of

pytestmark = pytest.mark.unit

READ = [
    "placed_at > now() - interval '90 days'",
    "placed_at >= current_date - 30",
    "status IN ('open', 'held') AND NOT archived",
    "id IN (SELECT user_id FROM public.orders WHERE total > 10)",
    "EXISTS (WITH big AS (SELECT id FROM public.a) SELECT 1 FROM big WHERE big.id = t.id)",
    "name IS DISTINCT FROM 'x'",
    "extract(year FROM placed_at) = 2020",
    "at > timestamp with time zone '2020-01-01 00:00'",
    "substring(name for 3) = 'abc'",
    "price::numeric(10,2) > 1.5e3",
    "tags[1:2] = ARRAY['a', 'b']",
    "note = 'it''s ) -- no comment' OR note = E'a\\'b)'",
    "note = $$a ) b$$ OR note = $x$ $$ ) $x$",
    '"for" = 1 AND "we""ird" = 2 AND t.update = 3',
    "a <> 1 /* one /* inside */ another */ AND b -- to the end of the line\n > 2",
    "a OPERATOR(pg_catalog.=) 1",
    "doc @> '{\"a\": 1}' AND doc ->> 'b' ~* '^x'",
    "at BETWEEN '2020-01-01' AND '2021-01-01'",
    "pg_typeof(x)::text = 'integer'",
    "public.of_ours(name) = 1",
    "note = 'from now on'",
    "größe > 3",
]
# Each with the words that say why.
REFUSED = [
    ("true) ) TO '/tmp/x' --", "the comment has no end"),
    ("true) ) TO '/tmp/x' -- \n", "leaves its place"),
    ("true) union all select pg_read_file('/etc/passwd') where (true", "leaves its place"),
    ("true) ; select (1", "no token that begins like this"),
    ("true; drop table t", "no token that begins like this"),
    ("(true", "leaves 1 brackets open"),
    ("a = (1]", "closes none of its own"),
    ("true --", "the comment has no end"),
    ("true /* /* */", "the comment has no end"),
    ("a = 'it", "no token that begins like this"),
    ("a = $x$ b $y$", "has no end"),
    ("a = $1", "no token that begins like this"),
    ("a = 'x'\n'y'", "a text follows another one"),
    ("a = E'x' -- c\n ' ) ' ", "a text follows another one"),
    ('U&"\\0061" = 1', 'a name is written with U&""'),
    ("a = 1abc", "a number is followed by a letter"),
    ("", "is empty"),
    (" -- nothing\n", "is empty"),
    ("a = \\x", "no token that begins like this"),
    ("true, false", "more than one expression: it has ,"),
    ("SELECT true", "more than one expression: it has SELECT"),
    ("true UNION SELECT true", "more than one expression: it has UNION"),
    ("true LIMIT 1", "more than one expression: it has LIMIT"),
    ("true FOR UPDATE", "has the word FOR UPDATE"),
    ("id IN (SELECT id FROM t FOR NO KEY UPDATE)", "has the word FOR NO"),
    ("id IN (SELECT id INTO x FROM t)", "has the word INTO"),
    ("id IN (WITH d AS (DELETE FROM t RETURNING id) SELECT id FROM d)", "has the word DELETE"),
    ("id IN (TABLE other)", "has the word TABLE"),
    ("id IN (SELECT id FROM t TABLESAMPLE system (1))", "has the word TABLESAMPLE"),
    ("pg_read_file('/etc/passwd') IS NULL", "calls pg_read_file"),
    ("\"pg_read_file\"('x') IS NULL", "calls pg_read_file"),
    ("PG_CATALOG.PG_READ_FILE /* c */ ('x') IS NULL", "calls pg_catalog.pg_read_file"),
    ("EXISTS (SELECT DISTINCT ON (id) pg_read_file('x') FROM t)", "calls pg_read_file"),
    ("EXISTS (SELECT 1 FROM (SELECT 1) lo_import('x'))", "calls lo_import"),
    ("EXISTS (SELECT * FROM query_to_xml('select 1', true, true, ''))", "calls query_to_xml"),
    ("dblink('x', 'y') IS NULL", "calls dblink"),
    ("set_config('a', 'b', false) IS NULL", "calls set_config"),
    ("random() < 0.5", "calls random"),
    ("at > clock_timestamp()", "calls clock_timestamp"),
    ("at > 'now'", "may mean the time of a session"),
    ("at > date ' Yesterday'", "may mean the time of a session"),
    ("at > $$tomorrow 04:00$$", "may mean the time of a session"),
    ("age(at) > interval '1 year'", "age of one time"),
]


@pytest.mark.parametrize("predicate", READ)
def test_one_expression_that_reads_is_accepted(predicate: str) -> None:
    """Whatever a filter of rows needs, sub-selects too."""
    check_where(predicate)


@pytest.mark.parametrize(("predicate", "why"), REFUSED)
def test_anything_else_is_refused(predicate: str, why: str) -> None:
    """A way out of the brackets, a second statement, a lock, a write, a file, a clock."""
    with pytest.raises(WhereError) as refused:
        check_where(predicate)
    assert why in refused.value.reason
    assert refused.value.remedy.endswith(".")


def test_a_refused_predicate_is_a_finding_with_its_line() -> None:
    """`privaci validate` and every other reader of the file say so, and quote nothing of it."""
    text = (
        "version: \"1.0\"\ntables:\n  public.t:\n    where: \"name = 'Olga') ) TO '/x' -- \\n\"\n"
    )
    with pytest.raises(PolicyError) as refused:
        parse_policy(text)
    assert 'line 4, tables."public.t".where: the predicate leaves its place' in str(refused.value)
    assert "Olga" not in str(refused.value)


def test_tokens_are_those_of_postgres() -> None:
    """An operator ends where a comment begins; a prefix belongs to the quote behind it."""
    text = "a<-1--x\n||e'\\''n'b'/* /* */ */U&'c'"
    assert [token.text for token in tokens_of(text)] == [
        "a",
        "<-",
        "1",
        "--x",
        "||",
        "e'\\''",
        "n'b'",
        "/* /* */ */",
        "U&'c'",
    ]


def test_calls_are_found_with_schema_and_arguments() -> None:
    """Names are folded as Postgres folds them; constructs of SQL are no calls."""
    text = 'Lower(a) = "Lower"(b, c) AND public . F() IN (1) AND coalesce(x, 1) OPERATOR(s.<@) 2'
    calls = [
        (call.schema, call.name, call.arguments, call.is_operator)
        for call in calls_in(without_comments(text))
    ]
    assert calls == [
        (None, "lower", 1, False),
        (None, "Lower", 2, False),
        ("public", "f", 0, False),
        ("s", "<@", 0, True),
    ]
