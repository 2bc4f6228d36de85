"""Originals of every kind are found wherever they are planted, and a good copy has none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from privaci_core.compiled import library
from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search import fingerprints, search_target
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
PERSON = """
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE contact AS (kind text, value text);
CREATE TABLE person (
    id int PRIMARY KEY, email text, name text, nick text, ssn text, card text, account bigint,
    number text, city text, note text, prose text, doc jsonb, tags text[], token uuid, host inet);
INSERT INTO person SELECT
    n, 'nimue' || n || '@corp.example', 'Nimue Quillfeather' || n, 'quillon' || chr(96 + n),
    (n * 7919 % 90 + 900) || '-' || (n + 10) || '-' || (n * 3571 % 9000 + 1000),
    '4929 1' || lpad((n * 104729 % 1000)::text, 3, '0') || ' 2284 ' || (n * 7727 % 9000 + 1000),
    700000000 + n * 7654321, 'K' || (n * 99991), 'Xanthopolis' || n, 'nothing of note',
    'call +1 ' || (200 + n * 37) || ' 555 01' || (n + 10) || ' today',
    jsonb_build_object('who', 'Morgause Fenwick' || n, 'other', 'kept'),
    ARRAY['tag of Isolde Marchbanks' || n], md5('t' || n)::uuid, ('10.77.' || n || '.203')::inet
FROM generate_series(1, 20) AS n;
CREATE TABLE elsewhere (
    id serial, text text, wide varchar(200), doc jsonb, plain json, raw bytea, list text[],
    pair contact, map hstore, words tsvector, page xml, number bigint, exact numeric, key uuid,
    host inet, span int4range);
INSERT INTO elsewhere (text) VALUES ('nothing');
CREATE TABLE empty_one (text text);
CREATE TABLE part (id int, text text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
INSERT INTO part VALUES (1, 'nothing');
"""
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person:
    columns:
      email: {action: fake, provider: email, when: "id < 21"}
      name: {action: fake, provider: full_name}
      nick: {action: pseudonym, provider: username}
      ssn: {action: fpe}
      card: {action: fake, provider: credit_card}
      account: {action: hash}
      number: {action: hmac_hash}
      city: {action: static, value: Somewhere}
      prose: {action: ner_mask}
      doc: {action: json, paths: {"$.who": {action: fake, provider: full_name}}}
      tags: {action: hash}
      token: {action: hash}
      host: {action: fake, provider: ip_address}
"""


def run(dsn: str, *statements: str) -> None:
    """Change something."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def judged(source: str, target: str, policy: Any, **more: Any) -> Verdict:
    """The verdict on a copy that was made before."""
    with finished(source, target, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source, **more)
        return no_originals(evidence)


@pytest.fixture
def copied(source_db: str, target_db: str) -> tuple[str, str, Any]:
    """A copy of the people, with nothing planted."""
    run(source_db, PERSON)
    policy = parse_policy(POLICY)
    copy_database(source_db, target_db, policy, KEYS)
    return source_db, target_db, policy


# Each original in another form, of the column it came from.
FORMS = {
    "as it is": ("nimue7@corp.example", "email"),
    "capitals": ("NIMUE7@CORP.EXAMPLE", "email"),
    "first and last": ("Nimue Quillfeather9", "name"),
    "last, first": ("QUILLFEATHER9, Nimue", "name"),
    "one word": ("quillong", "nick"),
    "a few letters of a code": ("K499955", "number"),
    "under fpe": ("983-17-7997", "ssn"),
    "without dashes": ("983177997", "ssn"),
    "without blanks": ("4929110322841089", "card"),
    "a number": ("753580247", "account"),
    "in a document": ("Morgause Fenwick3", "doc"),
    "of an array": ("tag of Isolde Marchbanks5", "tags"),
    "what ner_mask replaced": ("+1 (459) 5550117", "prose"),
    "an address": ("10.77.5.203", "host"),
}
ASIDE = {
    "text": "UPDATE elsewhere SET text = 'so: ' || '{}' || '.'",
    "varchar": "UPDATE elsewhere SET wide = '{}'",
    "jsonb": "UPDATE elsewhere SET doc = jsonb_build_object('a', ARRAY['x', '{}'])",
    "json": "UPDATE elsewhere SET plain = to_json('see\n' || '{}')",
    "bytea": "UPDATE elsewhere SET raw = convert_to('\x01 ' || '{}', 'UTF8')",
    "array": "UPDATE elsewhere SET list = ARRAY['x', NULL, '{}']",
    "composite": "UPDATE elsewhere SET pair = ('e-mail', '{}')",
    "hstore": "UPDATE elsewhere SET map = hstore('k', '{}')",
    "xml": "UPDATE elsewhere SET page = xmlelement(name p, '{}')",
    "a table that is in no plan": "CREATE TABLE more AS SELECT '{}'::text AS text",
    "a partition": "UPDATE part SET text = '{}'",
    "a comment": "COMMENT ON COLUMN elsewhere.text IS '{}'",
    "a default": "ALTER TABLE elsewhere ALTER text SET DEFAULT '{}'",
    "a check": "ALTER TABLE elsewhere ADD CONSTRAINT c CHECK (text <> '{}')",
    "a bound": "CREATE TABLE p (t text) PARTITION BY LIST (t);"
    " CREATE TABLE p_1 PARTITION OF p FOR VALUES IN ('{}')",
    "a view": "CREATE VIEW v AS SELECT '{}'::text AS who",
    "a materialized view": "CREATE MATERIALIZED VIEW w AS SELECT '{}'::text AS who",
    "a function": "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT '{}'::text$$",
    "an enum": "CREATE TYPE e AS ENUM ('{}')",
    "a domain": "CREATE DOMAIN d AS text DEFAULT '{}'",
    "an index": "CREATE INDEX ON elsewhere (id) WHERE text = '{}'",
    "a generated column": "ALTER TABLE elsewhere ADD g text GENERATED ALWAYS AS ('{}') STORED",
    "a key of partitions": "CREATE TABLE k (t text) PARTITION BY LIST ((nullif(t, '{}')))",
    "an aggregate": "CREATE AGGREGATE a (text) (SFUNC = textcat, STYPE = text, INITCOND = '{}')",
    "a wrapper": "CREATE FOREIGN DATA WRAPPER w OPTIONS (o '{}')",
    "a column of a foreign table": "CREATE SERVER s FOREIGN DATA WRAPPER w;"
    " CREATE FOREIGN TABLE f (t text OPTIONS (o '{}')) SERVER s",
    "a large object": "SELECT lo_from_bytea(0, convert_to(repeat('x ', 524286) || '{}', 'UTF8'))",
}


@pytest.mark.parametrize("form", FORMS)
def test_an_original_is_found_in_each_form(
    copied: tuple[str, str, Any], form: str, record_property: Callable[[str, object], None]
) -> None:
    """The verdict names the place and the column that it came from, and no value."""
    source, target, policy = copied
    planted, column = FORMS[form]
    run(target, ASIDE["text"].format(planted))
    verdict = judged(source, target, policy)
    record_property("leaks_planted", 1)
    record_property("leaks_found", len(verdict.wrong))
    assert verdict.wrong == {"public.elsewhere.text": {f"public.person.{column}": 1}}
    assert planted not in str(verdict)


def test_an_original_is_found_in_each_place(
    copied: tuple[str, str, Any], record_property: Callable[[str, object], None]
) -> None:
    """Whatever type or definition contains it; before, nothing is found."""
    source, target, policy = copied
    assert judged(source, target, policy).differences == {}
    planted = [f"nimue{number}@corp.example" for number in range(1, 21)] * 2
    for statement, value in zip(ASIDE.values(), planted, strict=False):
        run(target, *statement.format(value).split("; "))
    found = judged(source, target, policy).wrong
    assert all(origins.keys() == {"public.person.email"} for origins in found.values())
    columns = ("text", "wide", "doc", "plain", "raw", "list", "pair", "map", "page")
    places = {
        *(f"public.elsewhere.{name}" for name in columns),
        *("public.more.text", "public.part.text", "large objects"),
        "the comment of column text of table public.elsewhere",
        "the default of column text of table public.elsewhere",
        "the default of column g of table public.elsewhere",
        "the definition of constraint c on table public.elsewhere",
        "the bounds of table public.p_1",
        "the definition of view public.v",
        *("the definition of materialized view public.w", "public.w.who"),
        "the definition of function public.f()",
        "the labels of type public.e",
        "the default of type public.d",
        "the definition of index public.elsewhere_id_idx",
        "the key of table public.k",
        "the start of function public.a(text)",
        "the options of foreign-data wrapper w",
        "the options of column t of foreign table public.f",
    }
    record_property("leaks_planted", len(places))
    record_property("leaks_found", len(found.keys() & places))
    assert found.keys() == places


def test_computed_columns_are_named_where_no_other_has_it(copied: tuple[str, str, Any]) -> None:
    """Of two columns that are allowed to hold halves, one that puts them together is named."""
    source, target, policy = copied
    run(
        target,
        "UPDATE elsewhere SET text = 'nimue7', wide = 'corp.example'",
        "ALTER TABLE elsewhere ADD g text GENERATED ALWAYS AS (text || '@' || wide) STORED",
    )
    found = judged(source, target, policy).wrong
    assert found == {"public.elsewhere.g": {"public.person.email": 1}}


@pytest.mark.parametrize(
    ("column", "value", "origin"),
    [
        ("number", "753580247", "account"),
        ("exact", "753580247.50", "account"),
        ("key", "md5('t7')::uuid", "token"),
        ("host", "inet '10.77.5.203'", "host"),
        ("words", "to_tsvector('simple', 'of nimue7@corp.example')", "email"),
        ("span", "int4range(753580247, 753580249)", "account"),
    ],
)
def test_values_that_are_no_text_are_found(
    copied: tuple[str, str, Any], column: str, value: str, origin: str
) -> None:
    """Numbers, keys and addresses in columns of their own types."""
    source, target, policy = copied
    run(target, f"UPDATE elsewhere SET {column} = {value}")
    found = judged(source, target, policy).wrong
    assert found == {f"public.elsewhere.{column}": {f"public.person.{origin}": 1}}


def test_an_original_in_another_masked_column_is_found(copied: tuple[str, str, Any]) -> None:
    """A name that no fake can be, in a column whose fakes are addresses."""
    source, target, policy = copied
    run(target, "UPDATE person SET email = 'Nimue Quillfeather9' WHERE id = 3")
    found = judged(source, target, policy).wrong
    assert found == {"public.person.email": {"public.person.name": 1}}


def test_what_is_left_out_is_counted(copied: tuple[str, str, Any]) -> None:
    """By reason; with the others it adds up to all originals."""
    source, target, policy = copied
    run(source, "UPDATE person SET nick = CASE WHEN id = 1 THEN 'bob' ELSE 'morning' END")
    run(source, "UPDATE person SET card = id::text")
    details: dict[str, Any] = dict(judged(source, target, policy).details)
    left_out = details["left_out"]
    assert left_out["shorter than 5 characters"] == 1
    assert left_out["everyday words and single names that fakes use"] == 1
    assert left_out["numbers of fewer than 6 digits"] == 20
    assert details["originals"] == details["searched"] + sum(left_out.values())
    assert details["bytes_searched"] > 1000


def test_more_originals_than_fit_are_counted(
    copied: tuple[str, str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory has a bound whatever the size of the source; the verdict says what it cost."""
    source, target, policy = copied
    monkeypatch.setattr(fingerprints, "MOST_FINGERPRINTS", 64)
    details: dict[str, Any] = dict(judged(source, target, policy).details)
    assert details["searched"] < 64
    assert details["left_out"]["more than fit in memory"] > 100


def test_without_compiled_loops_the_same_is_found(
    copied: tuple[str, str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slower, in the same places, with the same counts."""
    source, target, policy = copied
    statements = [ASIDE[place].format("nimue7@corp.example") for place in list(ASIDE)[:9]]
    run(target, *statements, "UPDATE elsewhere SET number = 753580247")
    fast = judged(source, target, policy)
    monkeypatch.setattr(library, "LOADED", False)
    slow = judged(source, target, policy)
    assert slow.differences == fast.differences
    assert len(fast.differences) == 10
    assert dict(slow.details) == dict(fast.details)


@pytest.mark.parametrize(
    "policy",
    [
        "note: {action: shuffle}",
        "note: {action: partial, first: 30}",
        "note: {action: hash}",
    ],
)
def test_what_masks_make_of_other_rows_is_no_alarm(
    source_db: str, target_db: str, policy: str
) -> None:
    """Values that stay in their own column by design, or that fakes may repeat."""
    run(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, note text, other text)",
        "INSERT INTO t SELECT n, 'Anna Schmidt ' || n % 3, 'x' FROM generate_series(1, 99) AS n",
    )
    columns = f"{policy}, other: {{action: fake, provider: full_name}}"
    rules = parse_policy(
        f'version: "1.0"\nauto_detect: false\ntables: {{public.t: {{columns: {{{columns}}}}}}}'
    )
    copy_database(source_db, target_db, rules, KEYS)
    assert judged(source_db, target_db, rules).differences == {}


def test_numbers_that_chance_explains_are_no_alarm(source_db: str, target_db: str) -> None:
    """Two columns of account numbers have some in common; one that was copied is found."""
    numbers = "('x' || substr(md5('{}' || n), 1, 7))::bit(28)::int % 900000 + 100000"
    mine, theirs = numbers.format("a"), numbers.format("b")
    run(
        source_db,
        "CREATE TABLE a (id int PRIMARY KEY, no int)",
        f"INSERT INTO a SELECT n, {mine} FROM generate_series(1, 3000) AS n",
        "CREATE TABLE b (id int PRIMARY KEY, no int, copied int)",
        f"INSERT INTO b SELECT n, {theirs}, {mine} FROM generate_series(1, 3000) AS n",
    )
    rules = parse_policy(
        'version: "1.0"\nauto_detect: false\ntables: {public.a: {columns: {no: {action: hash}}}}'
    )
    copy_database(source_db, target_db, rules, KEYS)
    assert judged(source_db, target_db, rules).wrong.keys() == {"public.b.copied"}


def test_keys_that_count_up_are_left_out(source_db: str, target_db: str) -> None:
    """Other tables count up as well."""
    run(
        source_db,
        "CREATE TABLE a (id int PRIMARY KEY)",
        "INSERT INTO a SELECT n FROM generate_series(100001, 100500) AS n",
        "CREATE TABLE b (id int PRIMARY KEY, at text)",
        "INSERT INTO b SELECT n, 'day ' || n FROM generate_series(100001, 100500) AS n",
    )
    rules = parse_policy(
        'version: "1.0"\nauto_detect: false\ntables: {public.a: {columns: {id: {action: hash}}}}'
    )
    copy_database(source_db, target_db, rules, KEYS)
    verdict = judged(source_db, target_db, rules)
    assert verdict.differences == {}
    assert verdict.details["left_out"] == {"numbers that count up": 500}


def test_a_sample_says_so(copied: tuple[str, str, Any]) -> None:
    """And reads fewer originals."""
    source, target, policy = copied
    details: dict[str, Any] = dict(
        judged(source, target, policy, search="sample", sample_rows=3).details
    )
    assert next(iter(details)) == "search"
    assert details["search"] == "sample"
    full: dict[str, Any] = dict(judged(source, target, policy).details)
    assert 0 < details["originals"] < full["originals"] / 2


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        (
            ASIDE["text"],
            "Mask it (`ner_mask`, `json`, `static`) or allow it with `passthrough`.",
        ),
        (ASIDE["a comment"], "A definition is copied as it is: change it in the source."),
        (ASIDE["a large object"], "Large objects are copied unmasked"),
        (
            "UPDATE person SET nick = 'Nimue Quillfeather9' WHERE id = 3",
            "Its own action leaves them",
        ),
    ],
)
def test_the_verdict_says_what_to_do(
    copied: tuple[str, str, Any], statement: str, wanted: str
) -> None:
    """A sentence for each place, with both columns."""
    source, target, policy = copied
    run(target, statement.format("Nimue Quillfeather9"))
    ((sentence,),) = judged(source, target, policy).said.values()
    assert wanted in sentence
    assert " of public.person.name. " in sentence


def test_a_column_that_detection_masked_by_mistake_is_explained(
    source_db: str, target_db: str
) -> None:
    """Two columns have the same texts, and only one was masked: the sentence names both."""
    run(
        source_db,
        "CREATE TABLE customer (id int PRIMARY KEY, email text)",
        "CREATE TABLE purchase (id int PRIMARY KEY, ref_code text)",
        "INSERT INTO customer SELECT n, 'ref' || n || '@codes.corp.example'"
        " FROM generate_series(1, 50) AS n",
        "INSERT INTO purchase SELECT id, 'of ' || replace(email, '@', ' at ') FROM customer",
        "UPDATE purchase SET ref_code = (SELECT 'x' || email FROM customer AS c"
        " WHERE c.id = purchase.id) WHERE id < 3",
    )
    run(source_db, "UPDATE purchase SET ref_code = replace(ref_code, ' at ', ' / ')")
    rules = parse_policy('version: "1.0"\ntables: {}')
    copy_database(source_db, target_db, rules, KEYS)
    verdict = judged(source_db, target_db, rules)
    if not verdict.wrong:
        pytest.skip("detection masked both columns")
    sentence = str(verdict.said)
    assert "public.purchase.ref_code holds " in sentence
    assert " e-mail addresses of public.customer.email. Mask it (" in sentence
    assert "Only detection masks public.customer.email" in sentence


def test_a_condition_that_leaves_rows_unmasked_is_no_alarm(source_db: str, target_db: str) -> None:
    """The same value in another row, where the condition is false, stays as the policy says."""
    run(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, email text, other text)",
        "INSERT INTO t VALUES (1, 'nimue@corp.example', 'x'), (2, 'nimue@corp.example', 'x'),"
        " (3, 'yvain@corp.example', 'x')",
    )
    columns = 'email: {action: fake, provider: email, when: "id == 1"}'
    rules = parse_policy(
        f'version: "1.0"\nauto_detect: false\ntables: {{public.t: {{columns: {{{columns}}}}}}}'
    )
    copy_database(source_db, target_db, rules, KEYS)
    assert judged(source_db, target_db, rules).differences == {}
    run(target_db, "UPDATE t SET other = 'NIMUE@corp.example' WHERE id < 3")
    run(target_db, "UPDATE t SET other = 'yvain@corp.example' WHERE id = 3")
    assert judged(source_db, target_db, rules).wrong == {"public.t.other": {"public.t.email": 2}}


@pytest.mark.parametrize("tables", [5, 25])
def test_a_table_costs_one_statement(
    source_db: str, target_db: str, tables: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside it, the target is asked a fixed number of questions."""
    rules = 'version: "1.0"\nauto_detect: false\ntables:\n'
    for number in range(tables):
        run(source_db, f"CREATE TABLE t{number} (id int PRIMARY KEY, email text)")
        run(source_db, f"INSERT INTO t{number} VALUES (1, 'nimue{number}@corp.example')")
        rules += f"  public.t{number}: {{columns: {{email: {{action: hash}}}}}}\n"
    policy = parse_policy(rules)
    copy_database(source_db, target_db, policy, KEYS)
    asked: list[str] = []
    execute, read = psycopg.Connection.execute, search_target.read_rows

    def noted(connection: Any, query: Any, *more: Any, **how: Any) -> Any:
        if connection.info.dbname == psycopg.conninfo.conninfo_to_dict(target_db)["dbname"]:
            asked.append("question")
        return execute(connection, query, *more, **how)

    def copied(*what: Any) -> Any:
        asked.append("COPY")
        return read(*what)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    monkeypatch.setattr(search_target, "read_rows", copied)
    with finished(source_db, target_db, policy, KEYS) as opened:
        asked.clear()
        no_originals(Evidence(copy=opened.copy, source=opened.connections.source))
    assert asked.count("COPY") == tables
    # What both connections ask when they open, and columns, types, what repeats them, definitions,
    # statistics (by column and together) and large objects; and the catalog and the ledgers, which
    # are needed to compare the rows as well.
    assert asked.count("question") <= 21


def test_a_search_that_fails_ends_both_of_its_threads(
    copied: tuple[str, str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second connection is in the middle of a table that would take a minute."""
    source, target, policy = copied
    run(
        target,
        "CREATE FUNCTION slow() RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(60)::text'",
    )
    busy = threading.Event()

    def slow(*_: Any) -> Any:
        busy.set()
        return sql.SQL("COPY (SELECT public.slow()) TO STDOUT (FORMAT binary)")

    def fail(*_: Any) -> None:
        busy.wait()
        raise psycopg.errors.DiskFull

    monkeypatch.setattr(search_target, "rows_statement", slow)
    monkeypatch.setattr(search_target, "search_definitions", fail)
    with pytest.raises(CopyError, match="Searching the target"):
        judged(source, target, policy)
    with psycopg.connect(target) as connection:
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%slow()%' AND pid <> "
        query = f"{running} pg_backend_pid() AND datname = current_database()".encode()
        assert connection.execute(query).fetchone() == (0,)
